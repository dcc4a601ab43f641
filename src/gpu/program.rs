//! One optimiser step as a list of kernel runs: a pure function of layout, plan and objective. The device and the
//! CPU mirrors run the same list.

use bytemuck::{Pod, bytes_of};

use super::kernels::{LOSS_PARTS, ROW_LANES, Source, TERM_LANES, WORKGROUP};
use super::traffic::Traffic;

/// A buffer that kernels read or write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    /// [`D_1` x K] the items' IDs.
    Ids,
    /// [`D_1` x K] the items' weights.
    Weights,
    /// All `E_k`.
    Target,
    /// All `C_k`.
    Context,
    /// All `M_k`.
    Transfer,
    /// First moments, or Adagrad's accumulators, of `E_k`.
    TargetFirst,
    /// The same of `C_k`.
    ContextFirst,
    /// The same of `M_k`.
    TransferFirst,
    /// Second moments of `E_k`.
    TargetSecond,
    /// Second moments of `C_k`.
    ContextSecond,
    /// Second moments of `M_k`.
    TransferSecond,
    /// [items, W] composed target vectors.
    ComposedTarget,
    /// [items, W] composed context vectors.
    ComposedContext,
    /// `[terms]` logits of the pair term.
    PairLogits,
    /// `[terms]` slopes of the pair term.
    PairCoefficients,
    /// [segments, W - `m_1`] gradients of composed target vectors without the item's own slice, in parts.
    TargetSums,
    /// [segments, W - `m_1`] the same of composed context vectors.
    ContextSums,
    /// [parts, widest] gradients of often-touched target rows, in parts.
    TargetParts,
    /// [parts, widest] gradients of often-touched context rows, in parts.
    ContextParts,
    /// [images, `m_1`] images of attributes.
    Images,
    /// `[terms]` logits of the structural term.
    StructureLogits,
    /// `[components]` slopes of the structural term.
    StructureCoefficients,
    /// [segments, `m_1`] the structural term's gradients of items, in parts; behind them [images, widest] those of
    /// attributes.
    StructureSums,
    /// [segments, `m_1`] gradients of images, in parts.
    ImageSums,
    /// [images, `m_1`] gradients of images.
    ImageGradients,
    /// [parts, largest] gradients of transfer matrices, in parts.
    TransferParts,
    /// Gradients of the touched target rows; only for looking at them.
    TargetGradients,
    /// Gradients of the touched context rows; only for looking at them.
    ContextGradients,
    /// Gradients of the transfer matrices; only for looking at them.
    TransferGradients,
    /// Loss records of the steps since they were last read.
    Losses,
    /// [points, 4] places of a t-SNE map.
    MapPlaces,
    /// [points, 4] the last steps of its points.
    MapSteps,
    /// [points, 4] their gains.
    MapGains,
    /// [points, 4] the pull on each.
    MapPulls,
    /// [points, 4] the push on each, and behind it its share of the norm Z.
    MapPushes,
    /// [parts, 4] sums of pushes.
    MapNorms,
    /// [parts, 4] sums of places.
    MapMiddles,
    /// [parts, 4] least and largest coordinates.
    MapBounds,
    /// [points + 1] where each point's edges start.
    EdgeStarts,
    /// `[edges]` the other points.
    EdgeColumns,
    /// `[edges]` affinities.
    EdgeValues,
    /// `[turns]` exp(2 pi i k / turns).
    GridTurns,
    /// [columns, 2, rows] the transformed kernel of a map's grid.
    GridKernel,
    /// [4, 4] what a point feels of itself, as a polynomial.
    GridOwn,
    /// [rows, columns] charges, as whole numbers.
    GridCharges,
    /// [rows, columns] transformed rows.
    GridSpectrum,
    /// [rows, columns] the same, convolved along columns.
    GridConvolved,
    /// [rows, columns] the potential.
    GridPotential,
}

impl Slot {
    /// Every slot, in the order of their numbers.
    pub const ALL: [Self; 48] = [
        Self::Ids,
        Self::Weights,
        Self::Target,
        Self::Context,
        Self::Transfer,
        Self::TargetFirst,
        Self::ContextFirst,
        Self::TransferFirst,
        Self::TargetSecond,
        Self::ContextSecond,
        Self::TransferSecond,
        Self::ComposedTarget,
        Self::ComposedContext,
        Self::PairLogits,
        Self::PairCoefficients,
        Self::TargetSums,
        Self::ContextSums,
        Self::TargetParts,
        Self::ContextParts,
        Self::Images,
        Self::StructureLogits,
        Self::StructureCoefficients,
        Self::StructureSums,
        Self::ImageSums,
        Self::ImageGradients,
        Self::TransferParts,
        Self::TargetGradients,
        Self::ContextGradients,
        Self::TransferGradients,
        Self::Losses,
        Self::MapPlaces,
        Self::MapSteps,
        Self::MapGains,
        Self::MapPulls,
        Self::MapPushes,
        Self::MapNorms,
        Self::MapMiddles,
        Self::MapBounds,
        Self::EdgeStarts,
        Self::EdgeColumns,
        Self::EdgeValues,
        Self::GridTurns,
        Self::GridKernel,
        Self::GridOwn,
        Self::GridCharges,
        Self::GridSpectrum,
        Self::GridConvolved,
        Self::GridPotential,
    ];
}

/// A kernel with the buffers it runs on.
#[derive(Debug, Clone, Copy)]
pub struct Stage {
    /// The kernel.
    pub source: &'static Source,
    /// Its buffers, in the order of its bindings.
    pub slots: &'static [Slot],
}

impl Stage {
    /// `source` on `slots`.
    #[must_use]
    pub const fn new(source: &'static Source, slots: &'static [Slot]) -> Self {
        Self { source, slots }
    }
}

impl PartialEq for Stage {
    fn eq(&self, other: &Self) -> bool {
        self.source.label == other.source.label && self.slots == other.slots
    }
}

/// One run of a kernel.
#[derive(Debug, Clone, PartialEq)]
pub struct Pass {
    /// What runs.
    pub stage: Stage,
    /// Its uniforms.
    pub params: Vec<u8>,
    /// How many workgroups.
    pub workgroups: u32,
    /// What it moves.
    pub traffic: Traffic,
}

/// Runs of kernels, in order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Program {
    /// The runs.
    pub passes: Vec<Pass>,
}

impl Program {
    /// Adds a run of one invocation for each of `invocations`; nothing if there are none.
    pub fn run(&mut self, stage: Stage, params: impl Pod, invocations: usize, traffic: Traffic) {
        self.run_workgroups(stage, params, invocations.div_ceil(WORKGROUP as usize), traffic);
    }

    /// Adds a run with `ROW_LANES` invocations for each of `rows`.
    pub fn run_rows(&mut self, stage: Stage, params: impl Pod, rows: usize, traffic: Traffic) {
        self.run_workgroups(stage, params, rows.div_ceil((WORKGROUP / ROW_LANES) as usize), traffic);
    }

    /// Adds a run with `TERM_LANES` invocations for each of `terms`.
    pub fn run_terms(&mut self, stage: Stage, params: impl Pod, terms: usize, traffic: Traffic) {
        self.run_workgroups(stage, params, terms.div_ceil((WORKGROUP / TERM_LANES) as usize), traffic);
    }

    /// Adds a run of `workgroups` workgroups.
    pub fn run_workgroups(&mut self, stage: Stage, params: impl Pod, workgroups: usize, traffic: Traffic) {
        if workgroups > 0 {
            let params = bytes_of(&params).to_vec();
            self.passes.push(Pass { stage, params, workgroups: workgroups as u32, traffic });
        }
    }

    /// What all runs move.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        self.passes.iter().map(|pass| pass.traffic).sum()
    }
}

/// Folds workgroups into two dimensions of at most `limit` each.
#[must_use]
pub fn fold(workgroups: u32, limit: u32) -> (u32, u32) {
    let rows = workgroups.div_ceil(limit.max(1)).max(1);
    (workgroups.div_ceil(rows), rows)
}

/// Floats of one step's loss record for `types` types: parts of the pair term, of the structural term, and the sums of
/// squares of the transfer matrices.
#[must_use]
pub fn loss_record(types: u32) -> u32 {
    2 * LOSS_PARTS + types.saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_covers_all_workgroups_within_the_limit() {
        for limit in [1, 3, 65_535] {
            for workgroups in [1, 2, 3, 4, 7, 65_535, 65_536, 200_000] {
                let (x, y) = fold(workgroups, limit);
                assert!(x <= limit, "{workgroups} with limit {limit}: {x} x {y}");
                assert!(u64::from(x) * u64::from(y) >= u64::from(workgroups));
                assert!(u64::from(x) * u64::from(y) < u64::from(workgroups) + u64::from(y));
            }
        }
    }

    #[test]
    fn slots_are_listed_in_the_order_of_their_numbers() {
        for (number, slot) in Slot::ALL.into_iter().enumerate() {
            assert_eq!(slot as usize, number, "{slot:?}");
        }
    }
}
