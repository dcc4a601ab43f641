//! A step of the structural term alone, behind an asynchronous one of the pair term.

use crate::objective::Batch;

use super::CpuBackend;
use super::memory::Lanes;
use super::optimizer::StepConstants;
use super::step::{
    Buffers, ComposePhaseTask, UpdatePhaseTask, look_up, number_images, run, type_tasks, update, update_tasks,
};
use super::structure_step::StructureIndexTask;
use super::table::Table;
use super::update::RowSums;

impl CpuBackend {
    /// A step of the structural term alone, the pair term having been moved already.
    pub(super) fn take_structural_step(&mut self, batch: &Batch, constants: &StepConstants) {
        let structural = self.is_structural();
        if structural {
            let items = self.target[0].values.rows();
            let tables: Vec<&Table> = self.target.iter().map(|table| &table.values).collect();
            let Buffers { centre, structure, .. } = &mut self.buffers;
            centre.items.build(&batch.centres, items, &mut self.scratch[0].grouping);
            let mut tasks = vec![ComposePhaseTask::Structure(StructureIndexTask {
                batch,
                centres: &centre.items,
                items,
                out: structure,
            })];
            let types = type_tasks(&centre.items.rows, &self.columns, &tables, &mut centre.types);
            tasks.extend(types.map(ComposePhaseTask::Type));
            look_up(&mut self.pool, self.instructions, &mut self.scratch, tasks);
            number_images(&mut centre.types);
            let distinct = self.buffers.centre.items.len();
            self.buffers.count_to(distinct + 1);
            self.image_phase();
            self.structure_phase(batch);
            self.pull_phase();
        }
        self.buffers.matrix_gradients.resize_with(self.transfer.len(), Lanes::default);
        if structural {
            self.update_structural(constants);
        }
        self.update_transfer(constants, structural);
    }

    /// Sums of the images' gradients by attribute.
    fn pull_phase(&mut self) {
        let Buffers { centre, structure, .. } = &mut self.buffers;
        let tasks = structure.pull_tasks(&self.objective, &centre.types, &self.transfer);
        run(&mut self.pool, self.instructions, &mut self.scratch, tasks);
    }

    /// Moves the target rows against the structural term's gradients alone.
    fn update_structural(&mut self, constants: &StepConstants) {
        let parts = self.parts();
        let Buffers { centre, structure, matrix_gradients, counting, .. } = &mut self.buffers;
        let (structure, counting) = (&*structure, counting.as_slice());
        let matrices = structure.transfer_tasks(&centre.types, &self.transfer, matrix_gradients);
        let mut tasks: Vec<_> = matrices.into_iter().map(UpdatePhaseTask::Transfer).collect();
        for (k, table) in self.target.iter_mut().enumerate() {
            let (groups, sums) = match k.checked_sub(1) {
                None => (&structure.groups, structure.item_sums()),
                Some(attribute) => {
                    let rows = &structure.attributes[attribute].pulled;
                    (&centre.types[attribute].groups, RowSums { rows, offsets: counting, entries: counting })
                }
            };
            let updates = update_tasks(table, &groups.rows, groups.balanced(parts, 1), None, Some(sums), constants);
            tasks.extend(updates.map(UpdatePhaseTask::Rows));
        }
        update(&mut self.pool, self.instructions, &mut self.scratch, tasks);
    }
}
