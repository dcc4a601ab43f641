//! Programs to the device in few, short submissions: those of small steps are put together, those of large ones cut.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use bytemuck::cast_slice;

use crate::objective::{BackendError, DeviceWork};

use super::GpuContext;
use super::device_buffers::{ALIGNMENT, DeviceBuffers};
use super::pace::Pace;
use super::program::{Pass, Program, fold};
use super::split_buffer::SplitBuffer;
use super::stopwatch::Stopwatch;

/// Submissions that may be in flight: one runs, the next waits for it, and a window that shares the device waits for no
/// more.
const IN_FLIGHT: usize = 2;

/// Most steps in one submission, and most bytes of their plans.
const MOST_STEPS: usize = 16;
const MOST_PLAN_BYTES: u64 = 64 << 20;

/// What is in flight and what waits to be.
#[derive(Debug)]
pub(super) struct Submissions {
    /// The plans of the waiting steps, each in a window of `plan_bytes`; one that is larger than a binding lies alone, in
    /// parts.
    pub(super) plan: SplitBuffer,
    pub(super) plan_bytes: u64,
    pub(super) params: wgpu::Buffer,
    waiting: Waiting,
    cut: Cut,
    flights: VecDeque<Flight>,
    pace: Pace,
    stopwatch: Option<Stopwatch>,
    last_done: Instant,
    /// Since when there has been work without a pause.
    active_since: Option<Instant>,
    work: DeviceWork,
}

/// Steps whose uniforms and plans are uploaded, cut into submissions that the device has not got yet.
#[derive(Debug, Default)]
struct Cut {
    passes: Vec<(Pass, usize)>,
    submissions: VecDeque<Vec<Dispatch>>,
    /// Of the first dispatch's uniforms.
    number: usize,
}

/// Steps that are not cut yet.
#[derive(Debug, Default)]
struct Waiting {
    words: Vec<u32>,
    /// Each pass with the number of its step.
    passes: Vec<(Pass, usize)>,
    steps: usize,
    bytes: f64,
}

/// A submission that the device has not finished.
#[derive(Debug)]
struct Flight {
    index: wgpu::SubmissionIndex,
    bytes: f64,
    /// Whether something was bound or compiled for it: its time tells nothing.
    is_fresh: bool,
    submitted: Instant,
    done: Arc<OnceLock<Instant>>,
    stamp: Option<usize>,
}

/// A dispatch: a pass, or some workgroups of it.
#[derive(Debug, Clone, Copy)]
struct Dispatch {
    /// Of the waiting passes.
    pass: usize,
    first: u32,
    workgroups: u32,
    bytes: f64,
}

impl Submissions {
    pub(super) fn new(context: &GpuContext) -> Result<Self, BackendError> {
        let plan_bytes = 1 << context.largest_plan_binding().min(1 << 16).ilog2();
        let windows = plan_bytes * MOST_STEPS as u64;
        Ok(Self {
            plan: SplitBuffer::in_parts(context, "plan", windows, windows)?,
            plan_bytes,
            params: context.storage_buffer("params", 64 * ALIGNMENT as u64)?,
            waiting: Waiting::default(),
            cut: Cut::default(),
            flights: VecDeque::new(),
            pace: Pace::of(context.adapter.kind),
            stopwatch: Stopwatch::new(context, IN_FLIGHT + 1),
            last_done: Instant::now(),
            active_since: None,
            work: DeviceWork::default(),
        })
    }

    /// Steps whose plans the buffer holds.
    fn windows(&self) -> usize {
        ((self.plan.bytes() / self.plan_bytes) as usize).clamp(1, MOST_STEPS)
    }

    /// The waiting passes, cut into submissions of about `budget` bytes.
    fn cut(&self, most_workgroups: u32) -> VecDeque<Vec<Dispatch>> {
        let budget = self.pace.budget();
        let mut submissions = VecDeque::from([Vec::new()]);
        let mut room = budget;
        for (number, (pass, _)) in self.waiting.passes.iter().enumerate() {
            let bytes_each = pass.traffic.total() / f64::from(pass.workgroups);
            let mut first = 0;
            while first < pass.workgroups {
                let left = pass.workgroups - first;
                let mut workgroups = left.min(((room / bytes_each).ceil() as u32).max(1));
                // Whole rows of the dispatch: a workgroup to spare would do the work of the next dispatch.
                if workgroups > most_workgroups && workgroups < left {
                    workgroups -= workgroups % most_workgroups;
                }
                let bytes = bytes_each * f64::from(workgroups);
                if let Some(dispatches) = submissions.back_mut() {
                    dispatches.push(Dispatch { pass: number, first, workgroups, bytes });
                }
                first += workgroups;
                room -= bytes;
                if room <= 0.0 {
                    submissions.push_back(Vec::new());
                    room = budget;
                }
            }
        }
        submissions.retain(|dispatches| !dispatches.is_empty());
        submissions
    }

    /// Steps of which the device has not got everything.
    pub(super) fn unfinished_steps(&self) -> usize {
        let first = self.cut.submissions.front().and_then(|dispatches| dispatches.first());
        let last = self.cut.passes.last();
        // Steps are cut in order, so those that are left are the last ones.
        let cut = first.zip(last).map_or(0, |(first, last)| last.1 + 1 - self.cut.passes[first.pass].1);
        cut + self.waiting.steps
    }

    /// Whether anything is left to hand to the device or to wait for.
    pub(super) fn is_idle(&self) -> bool {
        self.waiting.steps == 0 && self.cut.submissions.is_empty() && self.flights.is_empty()
    }
}

impl DeviceBuffers {
    /// Takes a step's program; it is submitted once the device has too little to do or a submission is full.
    ///
    /// # Errors
    /// [`BackendError::DeviceLost`] if the device fails, [`BackendError::OutOfMemory`] if the plan does not fit.
    pub fn enqueue(&mut self, plan: &[u32], program: Program) -> Result<(), BackendError> {
        self.submissions.active_since.get_or_insert_with(Instant::now);
        if size_of_val(plan) as u64 > self.submissions.plan_bytes {
            self.flush()?;
            self.hand_out()?;
            self.widen_plans(size_of_val(plan) as u64)?;
        }
        let queue = &mut self.submissions;
        let waiting = &mut queue.waiting;
        // The steps of a map have no plan, and nothing to upload for it.
        if !plan.is_empty() {
            waiting.words.resize(waiting.steps * queue.plan_bytes as usize / 4, 0);
            waiting.words.extend_from_slice(plan);
        }
        waiting.bytes += program.traffic().total();
        waiting.passes.extend(program.passes.into_iter().map(|pass| (pass, waiting.steps)));
        waiting.steps += 1;
        self.poll();
        let queue = &self.submissions;
        if queue.flights.is_empty()
            || queue.waiting.bytes >= queue.pace.budget()
            || queue.waiting.steps == queue.windows()
        {
            self.flush()?;
        }
        Ok(())
    }

    /// Cuts all that waits into submissions, behind those that were cut before, and submits as many as the device takes at
    /// once; [`Self::advance`] submits the others.
    ///
    /// # Errors
    /// [`BackendError::DeviceLost`] if the device fails, [`BackendError::OutOfMemory`] if a buffer does not fit.
    pub fn flush(&mut self) -> Result<(), BackendError> {
        // Uniforms and plans go where those of the steps before lie.
        self.hand_out()?;
        let cut = self.submissions.cut(self.context.adapter.max_workgroups_per_dimension);
        let waiting = std::mem::take(&mut self.submissions.waiting);
        let mut uniforms = Vec::new();
        for dispatch in cut.iter().flatten() {
            let end = uniforms.len() + ALIGNMENT;
            uniforms.extend_from_slice(&dispatch.first.to_le_bytes());
            uniforms.extend_from_slice(&waiting.passes[dispatch.pass].0.params[4..]);
            uniforms.resize(end, 0);
        }
        if uniforms.len() as u64 > self.submissions.params.size() {
            self.unbind();
            self.submissions.params = self.context.storage_buffer("params", 2 * uniforms.len() as u64)?;
        }
        self.context.queue.write_buffer(&self.submissions.params, 0, &uniforms);
        self.submissions.plan.write(&self.context, cast_slice(&waiting.words));
        self.submissions.cut = Cut { passes: waiting.passes, submissions: cut, number: 0 };
        while self.submissions.flights.len() < IN_FLIGHT && !self.submissions.cut.submissions.is_empty() {
            self.advance()?;
        }
        self.context.check()
    }

    /// Submits the next of the submissions that were cut, once the device has done enough of those before. Returns whether
    /// more are left.
    ///
    /// # Errors
    /// [`BackendError::DeviceLost`] if the device fails, [`BackendError::OutOfMemory`] if a stage has more bindings than a
    /// shader.
    pub fn advance(&mut self) -> Result<bool, BackendError> {
        let Some(dispatches) = self.submissions.cut.submissions.pop_front() else { return Ok(false) };
        self.submissions.active_since.get_or_insert_with(Instant::now);
        while self.submissions.flights.len() >= IN_FLIGHT {
            self.wait_for_oldest()?;
        }
        self.submit(&dispatches)?;
        self.submissions.cut.number += dispatches.len();
        Ok(!self.submissions.cut.submissions.is_empty())
    }

    /// Submits all that was cut.
    pub(super) fn hand_out(&mut self) -> Result<(), BackendError> {
        while self.advance()? {}
        Ok(())
    }

    /// Does one piece of what was enqueued; returns whether anything is left to be done or to be waited for.
    ///
    /// # Errors
    /// [`BackendError::DeviceLost`] if the device fails.
    pub fn work_on(&mut self) -> Result<bool, BackendError> {
        if !self.submissions.cut.submissions.is_empty() {
            self.advance()?;
        } else if self.submissions.waiting.steps > 0 {
            self.flush()?;
        } else if !self.submissions.flights.is_empty() {
            self.wait_for_oldest()?;
        }
        Ok(!self.submissions.is_idle())
    }

    /// Waits until the device has done everything so far.
    ///
    /// # Errors
    /// [`BackendError::DeviceLost`] if the device fails.
    pub fn finish(&mut self) -> Result<(), BackendError> {
        self.flush()?;
        self.hand_out()?;
        self.settle()
    }

    /// Waits until the device has done all that it has got; what it has not stays where it is.
    ///
    /// # Errors
    /// [`BackendError::DeviceLost`] if the device fails.
    pub fn settle(&mut self) -> Result<(), BackendError> {
        while !self.submissions.flights.is_empty() {
            self.wait_for_oldest()?;
        }
        if let Some(since) = self.submissions.active_since.take() {
            self.submissions.work.active_seconds += since.elapsed().as_secs_f64();
        }
        self.context.check()
    }

    /// What the device has done so far.
    #[must_use]
    pub fn work(&self) -> DeviceWork {
        self.submissions.work
    }

    fn widen_plans(&mut self, bytes: u64) -> Result<(), BackendError> {
        self.unbind();
        let limit = self.context.largest_plan_binding();
        let align = ALIGNMENT as u64;
        let (window, windows, part) = if bytes.next_multiple_of(align) <= limit {
            let roomy = (bytes + bytes / 2).next_multiple_of(align);
            let window = if roomy > limit { bytes.next_multiple_of(align) } else { roomy };
            let windows = (MOST_PLAN_BYTES.min(limit) / window).clamp(1, MOST_STEPS as u64);
            (window, windows, windows * window)
        } else {
            let part = 1 << limit.ilog2();
            (bytes.next_multiple_of(part), 1, part)
        };
        self.submissions.plan = SplitBuffer::in_parts(&self.context, "plan", windows * window, part)?;
        self.submissions.plan_bytes = window;
        Ok(())
    }

    /// Submits dispatches of the cut passes, the next ones by their uniforms.
    fn submit(&mut self, dispatches: &[Dispatch]) -> Result<(), BackendError> {
        let stages: Vec<_> =
            dispatches.iter().map(|dispatch| self.submissions.cut.passes[dispatch.pass].0.stage).collect();
        let bound: Vec<(usize, bool)> =
            stages.into_iter().map(|stage| self.binding(stage)).collect::<Result<_, _>>()?;
        let Cut { passes, number, .. } = &self.submissions.cut;
        let number = *number;
        let descriptor = wgpu::CommandEncoderDescriptor { label: Some("steps") };
        let mut encoder = self.context.device.create_command_encoder(&descriptor);
        let stamp = self.submissions.stopwatch.as_mut().map(Stopwatch::begin);
        let watch = self.submissions.stopwatch.as_ref().zip(stamp);
        let mut compute = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
            label: Some("steps"),
            timestamp_writes: watch.map(|(watch, stamp)| watch.writes(stamp)),
        });
        for (index, (dispatch, &(binding, _))) in dispatches.iter().zip(&bound).enumerate() {
            let (kernel, group) = self.bound(binding);
            let (x, y) = fold(dispatch.workgroups, self.context.adapter.max_workgroups_per_dimension);
            let plan = passes[dispatch.pass].1 as u64 * self.submissions.plan_bytes;
            compute.set_pipeline(kernel.pipeline());
            let offsets = [((number + index) * ALIGNMENT) as u32, plan as u32];
            let with_offset = if self.submissions.plan.parts().len() == 1 { 2 } else { 1 };
            compute.set_bind_group(0, group, &offsets[..with_offset]);
            compute.dispatch_workgroups(x, y, 1);
        }
        drop(compute);
        if let Some((watch, stamp)) = watch {
            watch.resolve(&mut encoder, stamp);
        }
        let submitted = Instant::now();
        let index = self.context.queue.submit([encoder.finish()]);
        let done = Arc::new(OnceLock::new());
        match watch {
            Some((watch, stamp)) => watch.request(stamp, Arc::clone(&done)),
            None => {
                let done = Arc::clone(&done);
                self.context.queue.on_submitted_work_done(move || {
                    // Nobody else sets it.
                    let _ = done.set(Instant::now());
                });
            }
        }
        self.submissions.flights.push_back(Flight {
            index,
            bytes: dispatches.iter().map(|dispatch| dispatch.bytes).sum(),
            is_fresh: bound.iter().any(|(_, is_new)| *is_new),
            submitted,
            done,
            stamp,
        });
        Ok(())
    }

    /// Notes what has been done meanwhile, without waiting.
    fn poll(&mut self) {
        // A device that is lost says so where it is waited for.
        let _ = self.context.device.poll(wgpu::PollType::Poll);
        while self.submissions.flights.front().is_some_and(|flight| flight.done.get().is_some()) {
            self.retire(false);
        }
    }

    fn wait_for_oldest(&mut self) -> Result<(), BackendError> {
        let index = self.submissions.flights.front().map(|flight| flight.index.clone());
        self.context.wait(index)?;
        self.retire(true);
        Ok(())
    }

    /// Takes the oldest submission out, which is done; `awaited` says whether the host has just waited for it.
    fn retire(&mut self, awaited: bool) {
        let queue = &mut self.submissions;
        let Some(flight) = queue.flights.pop_front() else { return };
        let done = flight.done.get().copied().unwrap_or_else(Instant::now);
        let by_clock = done.saturating_duration_since(flight.submitted.max(queue.last_done)).as_secs_f64();
        queue.last_done = done;
        let stamped = queue.stopwatch.as_ref().zip(flight.stamp).and_then(|(watch, stamp)| watch.seconds(stamp));
        let seconds = match stamped {
            Some(seconds) => seconds,
            None if awaited => by_clock,
            // Done at some time since the host last looked.
            None => by_clock.min(queue.pace.seconds(flight.bytes)),
        };
        if !flight.is_fresh && (stamped.is_some() || awaited) {
            queue.pace.observe(flight.bytes, seconds);
            queue.work.longest_submission = queue.work.longest_submission.max(seconds);
        }
        queue.work.busy_seconds += seconds;
        queue.work.submissions += 1;
        queue.work.bytes += flight.bytes;
    }
}
