//! Mirrors of `include/row_gradient.wgsl` and `include/transfer_gradient.wgsl`: where the rows' kernels take gradients
//! from.

use super::plan_words::{ListedRow, add_scaled, float, listed_rows, range, row, shape, word};
use crate::gpu::kernels::{RowParams, TransferParams};
use crate::gpu::layout::LANES;
use crate::gpu::plan::NONE;

/// Gradients of listed rows, and what the optimisers' uniforms say.
pub(super) trait GradientSource {
    /// The rows of the list.
    fn rows(&self) -> Vec<ListedRow>;

    /// The gradient of one of them; `table` holds the rows' values.
    fn gradient(&self, listed: &ListedRow, table: &[f32]) -> Vec<f32>;

    /// Step size, decay of both moments, epsilon, correction of both moments.
    fn constants(&self) -> [f32; 6];
}

/// Touched rows of target or context tables, in the order of the shader's bindings.
#[derive(Debug, Clone, Copy)]
pub struct RowSource<'a> {
    /// Uniforms.
    pub params: &'a RowParams,
    /// The plan.
    pub plan: &'a [u32],
    /// `[terms]` slopes of the pair term.
    pub coefficients: &'a [f32],
    /// [items, W] the other side's composed vectors.
    pub source: &'a [f32],
    /// [segments, W - `m_1`] sums of the attributes' slices.
    pub sums: &'a [f32],
    /// [parts, widest] gradients of often-touched rows, in parts.
    pub parts: &'a [f32],
    /// The structural term's gradients of items, in parts, then of attributes.
    pub structure_sums: &'a [f32],
}

/// Rows of the transfer matrices.
#[derive(Debug, Clone, Copy)]
pub struct TransferSource<'a> {
    /// Uniforms.
    pub params: &'a TransferParams,
    /// The plan.
    pub plan: &'a [u32],
    /// [parts, largest] gradients in parts.
    pub parts: &'a [f32],
    /// The step's loss record, which holds the sums of squares.
    pub losses: &'a [f32],
}

impl GradientSource for RowSource<'_> {
    fn rows(&self) -> Vec<ListedRow> {
        let params = self.params;
        listed_rows(self.plan, params.count, params.types, params.starts, params.rows)
    }

    fn gradient(&self, listed: &ListedRow, _table: &[f32]) -> Vec<f32> {
        let mut gradient = vec![0.0; listed.table.len()];
        self.add_pair_term(listed, &mut gradient);
        if self.params.structure != NONE {
            self.add_structural_term(listed, &mut gradient);
        }
        gradient
    }

    fn constants(&self) -> [f32; 6] {
        let p = self.params;
        [p.learning_rate, p.beta1, p.beta2, p.epsilon, p.correction1, p.correction2]
    }
}

impl RowSource<'_> {
    fn add_pair_term(&self, listed: &ListedRow, gradient: &mut [f32]) {
        let (params, plan) = (self.params, self.plan);
        let sources = range(plan, params.row_segments, listed.slot);
        let entries = word(plan, params.segment_starts, sources.start)..word(plan, params.segment_starts, sources.end);
        let part = word(plan, params.partials, listed.slot);
        if part != NONE as usize {
            let parts = if listed.kind == 0 { entries.len() } else { sources.len() };
            for part in part..part + parts {
                add_scaled(gradient, 1.0, row(self.parts, part, params.widest4 as usize * LANES));
            }
            return;
        }
        let composed = params.composed4 as usize * LANES;
        for e in entries {
            let segment = word(plan, params.entries, 2 * e);
            let weight = float(plan, params.entries, 2 * e + 1);
            if listed.kind > 0 {
                let slice = (shape(plan, params.types, listed.kind).composed4 - params.item4) as usize * LANES;
                add_scaled(gradient, weight, &row(self.sums, segment, params.sums4 as usize * LANES)[slice..]);
                continue;
            }
            let mut terms = vec![0.0; gradient.len()];
            for link in range(plan, params.term_starts, segment) {
                let coefficient = self.coefficients[word(plan, params.links, 2 * link)];
                add_scaled(&mut terms, coefficient, row(self.source, word(plan, params.links, 2 * link + 1), composed));
            }
            add_scaled(gradient, weight, &terms);
        }
    }

    fn add_structural_term(&self, listed: &ListedRow, gradient: &mut [f32]) {
        let (params, plan) = (self.params, self.plan);
        let index = word(plan, params.structure, listed.slot);
        if index == NONE as usize {
            return;
        }
        if listed.kind > 0 {
            let attributes = &self.structure_sums[params.first_attribute4 as usize * LANES..];
            add_scaled(gradient, 1.0, row(attributes, index, params.widest4 as usize * LANES));
            return;
        }
        for segment in range(plan, params.item_segments, index) {
            add_scaled(gradient, 1.0, row(self.structure_sums, segment, params.item4 as usize * LANES));
        }
    }
}

impl GradientSource for TransferSource<'_> {
    fn rows(&self) -> Vec<ListedRow> {
        let params = self.params;
        listed_rows(self.plan, params.count, params.types, params.starts, params.rows)
    }

    fn gradient(&self, listed: &ListedRow, table: &[f32]) -> Vec<f32> {
        let (params, plan) = (self.params, self.plan);
        let matrix = shape(plan, params.types, listed.kind).table4 as usize * LANES;
        let mut gradient = vec![0.0; listed.table.len()];
        for part in range(plan, params.part_starts, listed.kind) {
            let part = row(self.parts, part, params.largest4 as usize * LANES);
            add_scaled(&mut gradient, 1.0, &part[listed.table.start - matrix..]);
        }
        let square = self.losses[params.losses as usize + listed.kind - 1];
        let factor = match (params.squared, square > 0.0) {
            (1, _) => 2.0 * params.beta,
            (_, true) => params.beta / square.sqrt(),
            (_, false) => 0.0,
        };
        add_scaled(&mut gradient, factor, &table[listed.table.clone()]);
        gradient
    }

    fn constants(&self) -> [f32; 6] {
        let p = self.params;
        [p.learning_rate, p.beta1, p.beta2, p.epsilon, p.correction1, p.correction2]
    }
}
