//! The structural term's part of a step, and the transfer matrices' own.

use std::ops::Range;

use crate::objective::{Batch, Objective, Regulariser, Structure};

use super::CpuBackend;
use super::memory::Lanes;
use super::optimizer::StepConstants;
use super::plan::{StepPlan, StructurePlan};
use super::step::{cut, lent, run};
use super::structure::{ImageTask, PullTask, StructureTask, TransferTask, TypeOfCentres, squared_norm};
use super::table::TrainedTable;
use super::update::RowSums;
use crate::simd::{Kernel, Lane, STRIP, Simd};

// Attribute rows of one task: whole register tiles, and copies that stay in L2.
const CHUNK: usize = 64;
// Rows of a transfer matrix of one task, at least: each task reads all of the type's rows.
const MATRIX_ROWS: usize = 8;

/// Memory of the structural term between the phases of a step.
#[derive(Debug, Clone, Default)]
pub struct StructureBuffers {
    item_gradients: Lanes,
    images: Lanes,
    image_gradients: Lanes,
    summed: Lanes,
    losses: Vec<f64>,
    /// Lanes of an item's vector.
    lanes: usize,
    /// [K - 1]
    pub attributes: Vec<AttributeBuffers>,
}

/// Memory of one attribute type in the structural term.
#[derive(Debug, Clone, Default)]
pub struct AttributeBuffers {
    /// Copies of the attribute rows that the centres carry.
    copies: Lanes,
    /// Their gradients.
    pub pulled: Lanes,
}

impl StructureBuffers {
    /// Item gradients, to be summed by item.
    pub fn item_sums<'a>(&'a self, plan: &'a StructurePlan) -> RowSums<'a> {
        RowSums::whole(&self.item_gradients, self.lanes, &plan.gradients.offsets, &plan.gradients.entries)
    }

    /// Sums the images' gradients by attribute row and takes them back through the transfer matrices.
    pub fn pull_tasks<'a>(
        &'a mut self,
        objective: &Objective,
        types: &'a [TypeOfCentres],
        transfer: &'a [TrainedTable],
    ) -> Vec<PullTask<'a>> {
        let weighted = objective.structure == Structure::Joint;
        let lanes = self.lanes;
        let image_gradients = &*self.image_gradients;
        let rows = types.iter().map(|of_type| of_type.groups.len());
        let summed = lent(&mut self.summed, rows.clone().sum::<usize>() * lanes);
        let summed = cut(summed, rows.map(|rows| rows * lanes));
        let mut tasks = Vec::new();
        for (k, (summed, buffers)) in summed.zip(&mut self.attributes).enumerate() {
            let (of_type, transfer) = (&types[k], &transfer[k].values);
            let rows = of_type.groups.len();
            let pulled = lent(&mut buffers.pulled, rows * transfer.lanes());
            let chunks = summed.chunks_mut(CHUNK * lanes).zip(pulled.chunks_mut(CHUNK * transfer.lanes()));
            for (chunk, (summed, pulled)) in chunks.enumerate() {
                tasks.push(PullTask {
                    image_gradients,
                    stride: if weighted { 1 } else { types.len() },
                    first: if weighted { 0 } else { k },
                    weighted,
                    of_type,
                    transfer,
                    lanes,
                    range: chunk * CHUNK..rows.min((chunk + 1) * CHUNK),
                    summed,
                    pulled,
                });
            }
        }
        tasks
    }

    /// Gradients of the transfer matrices, for `threads` threads: the fewer there are, the fewer tasks.
    pub fn transfer_tasks<'a>(
        &'a self,
        types: &[TypeOfCentres],
        transfer: &[TrainedTable],
        gradients: &'a mut [Lanes],
        threads: usize,
    ) -> Vec<TransferTask<'a>> {
        let mut tasks = Vec::new();
        for (k, (buffers, gradient)) in self.attributes.iter().zip(gradients).enumerate() {
            let (matrix, depth) = (&transfer[k].values, types[k].groups.len());
            let summed = &self.summed[types[k].first_image * self.lanes..][..depth * self.lanes];
            let out = lent(gradient, matrix.rows() * matrix.lanes());
            let size = matrix.rows().div_ceil(2 * threads).next_multiple_of(STRIP).max(MATRIX_ROWS);
            for (chunk, out) in out.chunks_mut(size * matrix.lanes()).enumerate() {
                let rows = chunk * size..matrix.rows().min((chunk + 1) * size);
                tasks.push(TransferTask {
                    summed,
                    lanes: self.lanes,
                    copies: &buffers.copies,
                    copy_lanes: matrix.lanes(),
                    depth,
                    rows,
                    out,
                });
            }
        }
        tasks
    }
}

impl CpuBackend {
    /// Whether the structural term counts at all.
    pub(super) fn is_structural(&self) -> bool {
        self.objective.alpha != 0.0 && self.target.len() > 1
    }

    /// Images of the attributes in item space.
    pub(super) fn image_phase(&mut self, plan: &StepPlan) {
        let items = &self.target[0].values;
        let lanes = items.lanes();
        let types = plan.structure.types.as_slice();
        let structure = &mut self.buffers.structure;
        structure.lanes = lanes;
        structure.attributes.resize_with(types.len(), AttributeBuffers::default);
        let rows = types.iter().map(|of_type| of_type.groups.len());
        let images = lent(&mut structure.images, rows.clone().sum::<usize>() * lanes);
        let images = cut(images, rows.map(|rows| rows * lanes));
        let mut tasks = Vec::new();
        for (k, (images, buffers)) in images.zip(&mut structure.attributes).enumerate() {
            let (table, transposed) = (&self.target[k + 1].values, &self.transposed[k]);
            let groups = &types[k].groups;
            let copies = lent(&mut buffers.copies, groups.len() * table.lanes());
            let chunks = groups.rows.chunks(CHUNK).zip(copies.chunks_mut(CHUNK * table.lanes()));
            for ((rows, copies), images) in chunks.zip(images.chunks_mut(CHUNK * lanes)) {
                tasks.push(ImageTask { table, transposed, rows, copies, images });
            }
        }
        run(&mut self.pool, self.instructions, &mut self.scratch, tasks);
    }

    /// Loss and gradients of the structural term.
    pub(super) fn structure_phase(&mut self, batch: &Batch, plan: &StepPlan) {
        let parts = self.parts();
        let per_centre = batch.struct_negatives_per_centre();
        let scale = self.objective.alpha / batch.struct_centres as f32;
        let buffers = &mut self.buffers.structure;
        let (centres, types, lanes) = (&plan.structure.centres, plan.structure.types.as_slice(), buffers.lanes);
        let structure = self.objective.structure;
        let image_rows = match structure {
            Structure::Joint => 1,
            Structure::PerType => types.len(),
        };
        let images = &*buffers.images;
        let item_gradients = lent(&mut buffers.item_gradients, plan.structure.gradients.entries.len() * lanes);
        let image_gradients = lent(&mut buffers.image_gradients, centres.len() * image_rows * lanes);
        buffers.losses.clear();
        buffers.losses.resize(centres.len(), 0.0);
        let ranges = centres.balanced(parts, 1);
        let item_rows = |range: &Range<usize>| {
            let occurrences = centres.offsets[range.end] - centres.offsets[range.start];
            range.len() + occurrences as usize * per_centre
        };
        let tasks: Vec<_> = ranges
            .iter()
            .cloned()
            .zip(cut(item_gradients, ranges.iter().map(|range| item_rows(range) * lanes)))
            .zip(cut(image_gradients, ranges.iter().map(|range| range.len() * image_rows * lanes)))
            .zip(cut(&mut buffers.losses, ranges.iter().map(Range::len)))
            .collect();
        let (instructions, items) = (self.instructions, &self.target[0].values);
        self.pool.share(&mut self.scratch, tasks, |scratch, (((range, item_gradients), image_gradients), losses)| {
            instructions.run(StructureTask {
                batch,
                structure,
                scale,
                items,
                centres,
                range,
                types,
                images,
                item_gradients,
                image_gradients,
                losses,
                scratch: &mut scratch.structure,
            });
        });
        self.losses.structure += self.buffers.structure.losses.iter().sum::<f64>();
    }

    /// Adds the regulariser's loss and gradient and moves the transfer matrices.
    ///
    /// They are small: one thread does it.
    pub(super) fn update_transfer(&mut self, constants: &StepConstants, structural: bool) {
        let beta = f64::from(self.objective.beta);
        for (k, table) in self.transfer.iter_mut().enumerate() {
            let squares = squared_norm(&table.values);
            // The derivative is this much of the matrix itself; the norm's subgradient at 0 is 0.
            let (loss, pull) = match self.objective.regulariser {
                Regulariser::L2 if squares > 0.0 => (beta * squares.sqrt(), beta / squares.sqrt()),
                Regulariser::L2 => (beta * squares, 0.0),
                Regulariser::L2sq => (beta * squares, 2.0 * beta),
            };
            self.losses.regulariser += loss;
            let length = table.values.data().len();
            let gradient = lent(&mut self.buffers.matrix_gradients[k], length);
            if !structural {
                gradient.fill(Lane::default());
            }
            self.instructions.run(MoveMatrix { table, gradient, pull: pull as f32, constants });
        }
        self.refresh_transposed();
    }
}

struct MoveMatrix<'a> {
    table: &'a mut TrainedTable,
    gradient: &'a mut [Lane],
    /// What of the matrix itself belongs to its gradient.
    pull: f32,
    constants: &'a StepConstants,
}

impl Kernel for MoveMatrix<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { table, gradient, pull, constants } = self;
        let pull = s.splat(pull);
        for (gradient, value) in gradient.iter_mut().zip(table.values.data()) {
            let sum = s.fma(pull, s.load(value), s.load(gradient));
            s.store(gradient, sum);
        }
        let mut part = table.whole();
        for row in 0..part.values.len().checked_div(part.lanes).unwrap_or(0) {
            part.update(s, row, &gradient[row * part.lanes..], constants);
        }
    }
}
