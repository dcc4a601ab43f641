//! A step of the structural term alone, behind an asynchronous one of the pair term.

use crate::objective::Batch;

use super::CpuBackend;
use super::memory::Lanes;
use super::optimizer::StepConstants;
use super::plan::StepPlan;
use super::step::{Buffers, UpdatePhaseTask, run, update, update_tasks};
use super::update::RowSums;

impl CpuBackend {
    /// A step of the structural term alone, the pair term having been moved already.
    pub(super) fn take_structural_step(&mut self, batch: &Batch, plan: &StepPlan, constants: &StepConstants) {
        let structural = self.is_structural();
        if structural {
            self.buffers.count_to(plan.structure.centres.len() + 1);
            self.image_phase(plan);
            self.structure_phase(batch, plan);
            self.pull_phase(plan);
        }
        self.buffers.matrix_gradients.resize_with(self.transfer.len(), Lanes::default);
        if structural {
            self.update_structural(plan, constants);
        }
        self.update_transfer(constants, structural);
    }

    /// Sums of the images' gradients by attribute.
    pub(super) fn pull_phase(&mut self, plan: &StepPlan) {
        let tasks = self.buffers.structure.pull_tasks(&self.objective, &plan.structure.types, &self.transfer);
        run(&mut self.pool, self.instructions, &mut self.scratch, tasks);
    }

    /// Moves the target rows against the structural term's gradients alone.
    fn update_structural(&mut self, plan: &StepPlan, constants: &StepConstants) {
        let parts = self.parts();
        let Buffers { structure, matrix_gradients, counting, .. } = &mut self.buffers;
        let (structure, counting) = (&*structure, counting.as_slice());
        let types = plan.structure.types.as_slice();
        let matrices = structure.transfer_tasks(types, &self.transfer, matrix_gradients, self.pool.count());
        let mut tasks: Vec<_> = matrices.into_iter().map(UpdatePhaseTask::Transfer).collect();
        for (k, table) in self.target.iter_mut().enumerate() {
            let (groups, sums) = match k.checked_sub(1) {
                None => (&plan.structure.gradients, structure.item_sums(&plan.structure)),
                Some(attribute) => {
                    let rows = &structure.attributes[attribute].pulled;
                    (&types[attribute].groups, RowSums::whole(rows, table.values.lanes(), counting, counting))
                }
            };
            let updates = update_tasks(table, &groups.rows, groups.balanced(parts, 1), sums, None, constants);
            tasks.extend(updates.map(UpdatePhaseTask::Rows));
        }
        update(&mut self.pool, self.instructions, &mut self.scratch, tasks);
    }
}
