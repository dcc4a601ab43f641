//! Claims about the bytes that a step is said to move.

use std::collections::{BTreeMap, BTreeSet};

use idatlas::gpu::layout::Layout;
use idatlas::gpu::plan::{BatchPlan, Planner};
use idatlas::gpu::traffic::{BatchCounts, ExpectedBatch, Meter, Traffic};
use idatlas::objective::{Backend, Batch, Negatives, Objective, Optimizer, Structure};

use super::cases::{CASES, Case, Draws, MEASURED};
use super::{OPTIMIZERS, context};

fn plan(case: &Case, objective: &Objective, batch: &Batch) -> (Layout, BatchPlan) {
    let layout = Layout::of(&case.model());
    let mut planner = Planner::new(layout.clone(), &case.attributes(), objective);
    let plan = planner.plan(batch, objective.alpha != 0.0);
    (layout, plan)
}

/// Scored (centre, other) items of a batch with negatives of their own.
fn terms(batch: &Batch) -> Vec<(u32, u32)> {
    let Negatives::PerPair { per_pair, items } = &batch.negatives else { panic!("negatives are shared") };
    let centre_of = (0..batch.centre_count()).flat_map(|i| batch.pairs_of(i).map(move |_| batch.centres[i]));
    let pairs: Vec<(u32, u32)> = centre_of.zip(batch.contexts.iter().copied()).collect();
    let negatives = items.iter().enumerate().map(|(at, &item)| (pairs[at / per_pair].0, item));
    pairs.iter().copied().chain(negatives).collect()
}

/// Bytes by pass.
#[derive(Default)]
struct Bytes(BTreeMap<&'static str, Traffic>);

impl Bytes {
    fn add(&mut self, pass: &'static str, read: f64, written: f64) {
        let traffic = self.0.entry(pass).or_default();
        *traffic = *traffic + Traffic { read, written };
    }
}

/// The structural term of a batch without missing attributes, written out.
struct Structural {
    /// The item of each logit.
    terms: Vec<u32>,
    /// (item, (type, attribute ID)) of each product of an item with an image.
    components: Vec<(u32, (usize, u32))>,
}

impl Structural {
    fn of(case: &Case, batch: &Batch) -> Self {
        let ids = case.attributes().ids;
        let mut structural = Self { terms: Vec::new(), components: Vec::new() };
        for (i, &centre) in batch.centres[..batch.struct_centres].iter().enumerate() {
            let scored: Vec<u32> =
                std::iter::once(centre).chain(batch.struct_negatives_of(i).iter().copied()).collect();
            let images = (1..case.dims.len()).map(|kind| (kind, ids[[centre as usize, kind]]));
            for &item in &scored {
                structural.components.extend(images.clone().map(|image| (item, image)));
            }
            let logits = if case.structure == Structure::Joint { 1 } else { case.dims.len() - 1 };
            structural.terms.extend(scored.iter().flat_map(|&item| std::iter::repeat_n(item, logits)));
        }
        structural
    }

    fn items(&self) -> BTreeSet<u32> {
        self.terms.iter().copied().collect()
    }

    fn images(&self) -> BTreeSet<(usize, u32)> {
        self.components.iter().map(|component| component.1).collect()
    }

    /// Adds what its passes move, the update of rows included, but for the rows themselves.
    fn count(&self, case: &Case, optimizer: Optimizer, bytes: &mut Bytes) {
        let row = |kind: usize| 16.0 * case.dims[kind].div_ceil(4) as f64;
        let item = row(0);
        let matrix = |kind: usize| case.dims[0].next_multiple_of(4) as f64 * row(kind);
        for _ in &self.terms {
            // Item, first and last component, sign; the logit.
            bytes.add("structure_coefficients", 4.0 * 4.0, 4.0);
            bytes.add("loss_sums", 2.0 * 4.0, 0.0);
        }
        for _ in &self.components {
            bytes.add("structure_coefficients", 2.0 * item + 2.0 * 4.0, 4.0);
            // By item, and by image.
            bytes.add("row_sums", 2.0 * (4.0 + 8.0 + item), 0.0);
        }
        for _ in self.items() {
            bytes.add("row_sums", 8.0, item);
            bytes.add("update of rows", item, 0.0);
        }
        let images = self.images();
        for &(kind, _) in &images {
            bytes.add("attribute_images", matrix(kind) + row(kind) + 2.0 * 4.0, item);
            bytes.add("row_sums", 8.0, item);
            bytes.add("image_gradients", 2.0 * 4.0 + item, item);
            bytes.add("attribute_gradients", 4.0 + item + matrix(kind), row(kind));
            bytes.add("transfer_parts", 4.0 + item + row(kind), 0.0);
            bytes.add("update of rows", row(kind), 0.0);
        }
        for kind in 1..case.dims.len() {
            let parts = images.iter().filter(|image| image.0 == kind).count().div_ceil(64) as f64;
            bytes.add("transfer_parts", 0.0, parts * matrix(kind));
            bytes.add("transfer_norms", matrix(kind), 4.0);
            bytes.add("update of transfer matrices", parts * matrix(kind), 0.0);
            let rows = case.dims[0].next_multiple_of(4) as f64;
            let moved = rows * memory(case, kind, optimizer);
            bytes.add("update of transfer matrices", moved, moved);
        }
    }
}

/// Bytes of a row of a type with what the optimiser keeps of it.
fn memory(case: &Case, kind: usize, optimizer: Optimizer) -> f64 {
    let row = 16.0 * case.dims[kind].div_ceil(4) as f64;
    match optimizer {
        Optimizer::Sgd => row,
        Optimizer::AdagradRow => row + 4.0,
        Optimizer::Adam | Optimizer::AdamLazy => 3.0 * row,
    }
}

/// Bytes by pass, counted term by term and row by row instead of from the plan's lists.
fn counted(
    case: &Case,
    batch: &Batch,
    optimizer: Optimizer,
    structural: Option<&Structural>,
) -> BTreeMap<&'static str, Traffic> {
    let row = |kind: usize| 16.0 * case.dims[kind].div_ceil(4) as f64;
    let (types, item) = (case.dims.len(), row(0));
    let whole: f64 = (0..types).map(row).sum();
    let ids = case.attributes().ids;
    let mut bytes = Bytes::default();
    if let Some(structural) = structural {
        structural.count(case, optimizer, &mut bytes);
    }
    let mut add = |pass: &'static str, read: f64, written: f64| bytes.add(pass, read, written);
    let terms = terms(batch);
    let is_of_centres = [true, false];
    // The record of the structural loss is zeroed even without such terms.
    add("loss_sums", 0.0, 2.0 * 64.0 * 4.0);
    for _ in &terms {
        add("pair_coefficients", 3.0 * 4.0 + 2.0 * whole, 2.0 * 4.0);
        add("loss_sums", 2.0 * 4.0, 0.0);
    }
    let sides = [terms.iter().map(|term| term.0).collect::<Vec<_>>(), terms.iter().map(|term| term.1).collect()];
    for (side, is_of_centres) in sides.into_iter().zip(is_of_centres) {
        for _ in &side {
            add("update of rows", 4.0 + 8.0 + item, 0.0);
            if types > 1 {
                add("row_sums", 4.0 + 8.0 + whole - item, 0.0);
            }
        }
        let items: BTreeSet<u32> = side.into_iter().collect();
        let mut touched = BTreeSet::new();
        for &i in &items {
            add("compose", 4.0 + 8.0 * types as f64 + whole, whole);
            add("update of rows", 8.0 + 8.0, 0.0);
            if types > 1 {
                add("row_sums", 8.0, whole - item);
            }
            for kind in 0..types {
                touched.insert((kind, ids[[i as usize, kind]]));
                if kind > 0 {
                    add("update of rows", 8.0 + row(kind), 0.0);
                }
            }
        }
        if let Some(structural) = structural.filter(|_| is_of_centres) {
            touched.extend(structural.items().into_iter().map(|item| (0, item)));
            touched.extend(structural.images());
        }
        let memory = |kind: usize| memory(case, kind, optimizer);
        for &(kind, _) in &touched {
            add("update of rows", 20.0 + memory(kind), memory(kind));
        }
        if optimizer == Optimizer::Adam {
            for (kind, &rows) in case.rows.iter().enumerate() {
                for id in 0..rows as u32 {
                    let moved = if touched.contains(&(kind, id)) { 0.0 } else { memory(kind) };
                    add("adam_rest", 4.0 + moved, moved);
                }
            }
        }
    }
    bytes.0
}

#[test]
fn bytes_of_the_structural_passes_are_those_of_an_independent_count() {
    for structure in [Structure::PerType, Structure::Joint] {
        let case = Case {
            dims: &[10, 7, 4],
            rows: &[5_000, 400, 300],
            centres: 100,
            struct_negatives: 2,
            structure,
            ..CASES[1]
        };
        for optimizer in OPTIMIZERS {
            let objective = case.objective(optimizer);
            let batch = case.batch(0);
            let (layout, plan) = plan(&case, &objective, &batch);
            assert_eq!(plan.target.touched.part_count() + plan.context.touched.part_count(), 0, "no row has parts");
            assert!(plan.structure.transfer_parts.len() / 3 > 2, "a matrix has several parts");
            let expected = counted(&case, &batch, optimizer, Some(&Structural::of(&case, &batch)));
            let found = Meter::new(&layout, optimizer).step(&BatchCounts::of(&layout, &plan));
            let names = |passes: Vec<&'static str>| passes.into_iter().collect::<BTreeSet<_>>();
            let found_names = names(found.iter().map(|pass| pass.0).collect());
            assert_eq!(found_names, names(expected.keys().copied().collect()), "{structure:?}, {optimizer:?}");
            for (pass, found) in found {
                assert_eq!(found, expected[pass], "{pass}, {structure:?}, {optimizer:?}");
            }
        }
    }
}

#[test]
fn bytes_by_pass_are_those_of_an_independent_count() {
    let items = Case { dims: &[10], rows: &[500], centres: 40, ..CASES[1] };
    let types = Case { dims: &[10, 7, 4], rows: &[500, 400, 300], centres: 40, ..CASES[1] };
    for case in [&items, &types] {
        for optimizer in OPTIMIZERS {
            let objective = Objective { alpha: 0.0, ..case.objective(optimizer) };
            let batch = case.batch(0);
            let (layout, plan) = plan(case, &objective, &batch);
            assert_eq!(plan.target.touched.part_count() + plan.context.touched.part_count(), 0, "no row has parts");
            let expected = counted(case, &batch, optimizer, None);
            let found = Meter::new(&layout, optimizer).step(&BatchCounts::of(&layout, &plan));
            for (pass, expected) in &expected {
                let found = found.iter().find(|(name, _)| name == pass).unwrap().1;
                assert_eq!(found, *expected, "{pass}, {optimizer:?}, {} types", case.dims.len());
            }
            // Beside those only the regulariser of the transfer matrices.
            let others = found.iter().filter(|(name, _)| !expected.contains_key(name));
            assert!(others.clone().all(|(name, _)| name.contains("transfer")), "{:?}", others.collect::<Vec<_>>());
        }
    }
}

#[test]
fn a_step_is_counted_as_the_sum_of_its_passes() {
    let Some(context) = context("traffic") else { return };
    for case in &CASES[..6] {
        for optimizer in OPTIMIZERS {
            let batch = case.batch(0);
            let mut gpu = case.gpu(&context, optimizer);
            gpu.step(&batch, 0.01).unwrap();
            gpu.losses().unwrap();
            let (layout, plan) = plan(case, &case.objective(optimizer), &batch);
            let step = Meter::new(&layout, optimizer).step(&BatchCounts::of(&layout, &plan));
            let expected: f64 = step.iter().map(|(_, traffic)| traffic.total()).sum();
            let found = gpu.device_work().unwrap().bytes;
            assert!((found - expected).abs() < 1.0, "{}, {optimizer:?}: {found} and {expected} bytes", case.name);
        }
    }
}

/// The counts that hyperparameters let expect, against those of a batch drawn evenly.
#[test]
fn expected_bytes_are_those_of_evenly_drawn_batches() {
    for case in [
        Case { missing: 0.0, rows: &[2_000, 1_000, 100, 200, 50, 300, 100], ..MEASURED[2] },
        Case { rows: &[2_000], ..MEASURED[1] },
    ] {
        let batch = case.even_batch(8);
        let objective = case.objective(Optimizer::AdagradRow);
        let (layout, plan) = plan(&case, &objective, &batch);
        let meter = Meter::new(&layout, Optimizer::AdagradRow);
        let total = |counts: &BatchCounts| -> f64 { meter.step(counts).iter().map(|(_, t)| t.total()).sum() };
        let (negatives, group) = match case.negatives {
            Draws::PerPair(per_pair) => (8.0 * per_pair as f64, 1.0),
            Draws::Shared(group, per_group) => (per_group as f64, group as f64),
        };
        let expected = ExpectedBatch {
            centres: case.centres as f64,
            contexts: 8.0,
            negatives,
            group,
            struct_centres: case.struct_centres() as f64,
            struct_negatives: case.struct_negatives as f64,
            struct_logits: match case.structure {
                Structure::PerType => case.dims.len() as f64 - 1.0,
                Structure::Joint => 0.0,
            },
        };
        let counts = BatchCounts::expected(&layout, &expected);
        let (found, expected) = (total(&counts), total(&BatchCounts::of(&layout, &plan)));
        assert!((found / expected - 1.0).abs() < 0.03, "{}: {found:.0} for {expected:.0} bytes", case.name);
    }
}
