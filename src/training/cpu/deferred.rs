//! Dense Adam moves every row at every step, a row without a gradient by what its moments still hold (Kingma and Ba 2015,
//! algorithm 1). Such rows wait until somebody needs them and then take all the steps that they have missed, one after the
//! other, while they are near: the same numbers to the last bit, and no sweep over whole tables at every step.

use crate::objective::{AdamConstants, Optimizer};

use super::CpuBackend;
use super::groups::even;
use super::optimizer::{MomentsPart, StepConstants, in_registers_mut};
use super::plan::StepPlan;
use super::step::run;
use super::table::{TablePart, floats_mut};
use crate::simd::{Arithmetic, Kernel, Simd};

/// Missed steps between two looks whether they still change anything.
const STRIDE: usize = 8;

/// Each missed step must move a row by this much less than the one before, if rows are to be left where they stay.
const SHRINKING: f64 = 0.999;

/// The steps that rows may have missed.
#[derive(Debug, Clone, Default)]
pub struct MissedSteps {
    /// The step before the first of them.
    before: u64,
    steps: Vec<Decay>,
    /// Whether one of them may move a row without a gradient about as far as the one before.
    grow: bool,
}

/// What a step does to rows without a gradient.
#[derive(Debug, Clone, Copy)]
struct Decay {
    rate: f32,
    second_correction: f32,
}

impl MissedSteps {
    /// Adds the step that was just taken.
    pub fn push(&mut self, constants: &StepConstants, adam: AdamConstants) {
        let decay = Decay { rate: constants.adam_rate, second_correction: constants.second_correction };
        if let Some(last) = self.steps.last() {
            let [rate, correction] = [decay.rate / last.rate, last.second_correction / decay.second_correction];
            let roots = (f64::from(correction) / f64::from(adam.beta2)).sqrt();
            let factor = f64::from(rate) * f64::from(adam.beta1) * roots;
            self.grow |= factor.is_nan() || factor >= SHRINKING;
        }
        self.steps.push(decay);
    }

    /// All rows have taken the steps up to `step`.
    pub fn forget(&mut self, step: u64) {
        *self = Self { before: step, ..Self::default() };
    }

    /// Those after step `step`.
    fn since(&self, step: u64) -> &[Decay] {
        usize::try_from(step - self.before).ok().and_then(|first| self.steps.get(first..)).unwrap_or_default()
    }
}

/// Has some rows of a table take the steps that they have missed.
struct CatchUpTask<'a> {
    part: TablePart<'a>,
    /// The rows, or all of the part's.
    rows: Option<&'a [u32]>,
    missed: &'a MissedSteps,
    adam: AdamConstants,
    /// The step that they will have taken when that is done.
    step: u64,
}

impl Kernel for CatchUpTask<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, s: S) {
        match self.rows {
            Some(rows) => {
                for (index, &row) in rows.iter().enumerate() {
                    if let Some(&next) = rows.get(index + 1) {
                        self.part.prefetch(s, next as usize);
                    }
                    self.catch_up(s, row as usize - self.part.first_row);
                }
            }
            None => (0..self.part.taken.len()).for_each(|row| self.catch_up(s, row)),
        }
    }
}

impl CatchUpTask<'_> {
    /// The part's row number `row`.
    #[inline(always)]
    fn catch_up<S: Simd>(&mut self, s: S, row: usize) {
        let taken = std::mem::replace(&mut self.part.taken[row], self.step);
        let missed = self.missed.since(taken);
        if missed.is_empty() {
            return;
        }
        let MomentsPart::Adam { first, second } = &mut self.part.moments else { return };
        let lanes = row * self.part.lanes..(row + 1) * self.part.lanes;
        let [values, first, second] =
            [&mut self.part.values[lanes.clone()], &mut first[lanes.clone()], &mut second[lanes]].map(floats_mut);
        let [(x, x_rest), (m, m_rest), (v, v_rest)] = [values, first, second].map(in_registers_mut::<S>);
        let settles = !self.missed.grow;
        decay(s.wide(), [x, m, v], missed, settles, self.adam);
        decay(s, [x_rest, m_rest, v_rest], missed, settles, self.adam);
    }
}

/// Takes the steps `missed` with the parameters and moments `[x, m, v]`. Where steps shrink a register that one leaves as
/// it is `settles`: only its moments go on.
#[inline(always)]
fn decay<A: Arithmetic>(a: A, [x, m, v]: [&mut [f32]; 3], missed: &[Decay], settles: bool, adam: AdamConstants) {
    let (beta1, beta2, epsilon) = (a.splat(adam.beta1), a.splat(adam.beta2), a.splat(adam.epsilon));
    let registers = x.chunks_exact_mut(A::COUNT).zip(m.chunks_exact_mut(A::COUNT)).zip(v.chunks_exact_mut(A::COUNT));
    for ((x, m), v) in registers {
        let (mut value, mut first, mut second) = (a.read(x), a.read(m), a.read(v));
        let mut strides = missed.chunks(STRIDE);
        for some in strides.by_ref() {
            let mut before = value;
            for step in some {
                (first, second, before) = (a.mul(beta1, first), a.mul(beta2, second), value);
                let root = a.add(a.sqrt(a.mul(second, a.splat(step.second_correction))), epsilon);
                value = a.sub(value, a.div(a.mul(a.splat(step.rate), first), root));
            }
            if settles && a.is_zero(a.sub(value, before)) {
                break;
            }
        }
        for _ in strides.flatten() {
            (first, second) = (a.mul(beta1, first), a.mul(beta2, second));
        }
        a.write(x, value);
        a.write(m, first);
        a.write(v, second);
    }
}

impl CpuBackend {
    /// Whether rows without a gradient move, too.
    pub(super) fn is_dense(&self) -> bool {
        self.objective.optimizer == Optimizer::Adam
    }

    /// Has the rows that a step will use take all steps before it.
    pub(super) fn catch_up(&mut self, plan: &StepPlan) {
        let (parts, structural, step, adam) = (self.parts(), self.is_structural(), self.step, self.objective.adam);
        let mut tasks = Vec::new();
        let sides = [(&mut self.target, &plan.centre, structural), (&mut self.context, &plan.context, false)];
        for (tables, side, structural) in sides {
            for (k, table) in tables.iter_mut().enumerate() {
                let rows = match k {
                    // Structural negatives touch more items than the centres.
                    0 if structural => &plan.structure.together.items,
                    _ => &side.groups[k].rows,
                };
                let ranges = even(rows.len(), parts);
                let split = table.split(rows, &ranges);
                tasks.extend(ranges.into_iter().zip(split).map(|(range, part)| CatchUpTask {
                    part,
                    rows: Some(&rows[range]),
                    missed: &self.missed,
                    adam,
                    step,
                }));
            }
        }
        run(&mut self.pool, self.instructions, &mut self.scratch, tasks);
    }

    /// Has all rows take all steps.
    pub(super) fn catch_all_up(&mut self) {
        if self.missed.steps.is_empty() {
            return;
        }
        let (parts, step, adam) = (self.parts(), self.step, self.objective.adam);
        let mut tasks = Vec::new();
        for table in self.target.iter_mut().chain(&mut self.context) {
            let ends: Vec<_> = even(table.values.rows(), parts).into_iter().map(|range| range.end).collect();
            let split = table.cut(ends.into_iter());
            tasks.extend(split.into_iter().map(|part| CatchUpTask {
                part,
                rows: None,
                missed: &self.missed,
                adam,
                step,
            }));
        }
        run(&mut self.pool, self.instructions, &mut self.scratch, tasks);
        self.missed.forget(step);
    }
}
