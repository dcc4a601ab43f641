//! The backend against a slow, obvious float64 computation of MODEL.md, and against itself on other threads.

mod deferred;
mod planned;

use ndarray::Array2;

use super::CpuBackend;
use crate::dataset::ItemAttributes;
use crate::embedding::Model;
use crate::objective::{
    AdamConstants, Backend, Batch, LossParts, Negatives, Objective, Optimizer, Regulariser, Structure,
};
use crate::simd::Instructions;

/// `SplitMix64`: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// In -1..1.
    fn real(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
    }

    fn item(&mut self, items: usize) -> u32 {
        // Low numbers are frequent, as in a corpus.
        (self.below(items) * self.below(items) / items) as u32
    }
}

struct Problem {
    model: Model,
    attributes: ItemAttributes,
    items: usize,
}

impl Problem {
    fn new(random: &mut Random, items: usize, dims: &[usize], missing: bool) -> Self {
        let rows: Vec<usize> = (0..dims.len()).map(|k| if k == 0 { items } else { 1 + random.below(items) }).collect();
        let mut table = |rows: usize, dims: usize| Array2::from_shape_simple_fn((rows, dims), || random.real() * 0.7);
        let model = Model {
            target: rows.iter().zip(dims).map(|(&rows, &dims)| table(rows, dims)).collect(),
            context: rows.iter().zip(dims).map(|(&rows, &dims)| table(rows, dims)).collect(),
            transfer: dims[1..].iter().map(|&width| table(dims[0], width)).collect(),
        };
        let mut ids = Array2::zeros((items, dims.len()));
        let mut weights = Array2::ones((items, dims.len()));
        for ((item, k), id) in ids.indexed_iter_mut() {
            *id = if k == 0 { item as u32 } else { random.below(rows[k]) as u32 };
            if k > 0 && missing && random.below(3) == 0 {
                *id = ItemAttributes::MISSING;
                weights[(item, k)] = 0.0;
            } else if k > 0 {
                weights[(item, k)] = 0.6 + 0.4 * random.real();
            }
        }
        Self { model, attributes: ItemAttributes { ids, weights }, items }
    }

    /// Windows over a random walk, so that neighbouring centres share contexts, or contexts without any order.
    fn batch(&self, random: &mut Random, centres: usize, negatives: NegativeKind, struct_negatives: usize) -> Batch {
        let walk: Vec<u32> = (0..centres).map(|_| random.item(self.items)).collect();
        let struct_centres = if random.below(2) == 0 { centres } else { 1 + random.below(centres) };
        let ordered = random.below(3) > 0;
        let mut batch = Batch {
            centres: walk.clone(),
            context_offsets: vec![0],
            contexts: Vec::new(),
            negatives: Negatives::PerPair { per_pair: 0, items: Vec::new() },
            struct_centres,
            struct_negatives: (0..struct_centres * struct_negatives).map(|_| random.item(self.items)).collect(),
        };
        for centre in 0..centres {
            let first = centre.saturating_sub(2);
            for (other, &neighbour) in (first..).zip(&walk[first..centres.min(centre + 3)]) {
                if other != centre && random.below(8) > 0 {
                    batch.contexts.push(if ordered { neighbour } else { random.item(self.items) });
                }
            }
            batch.context_offsets.push(batch.contexts.len() as u32);
        }
        let pairs = batch.pair_count();
        let mut draw = |count: usize| (0..count).map(|_| random.item(self.items)).collect();
        batch.negatives = match negatives {
            NegativeKind::PerPair(per_pair) => Negatives::PerPair { per_pair, items: draw(pairs * per_pair) },
            NegativeKind::Shared(group, per_group) => Negatives::Shared {
                group,
                per_group,
                negatives_per_pair: 2.5,
                items: draw(centres.div_ceil(group) * per_group),
            },
        };
        batch
    }
}

#[derive(Debug, Clone, Copy)]
enum NegativeKind {
    PerPair(usize),
    Shared(usize, usize),
}

/// MODEL.md in float64, pair by pair.
struct Slow<'a> {
    problem: &'a Problem,
    objective: Objective,
    target: Vec<Array2<f64>>,
    context: Vec<Array2<f64>>,
    transfer: Vec<Array2<f64>>,
    loss: LossParts,
}

fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

impl<'a> Slow<'a> {
    fn new(problem: &'a Problem, objective: Objective, batch: &Batch) -> Self {
        let zeros = |tables: &[Array2<f32>]| tables.iter().map(|table| Array2::zeros(table.dim())).collect::<Vec<_>>();
        let model = &problem.model;
        let mut slow = Self {
            problem,
            objective,
            target: zeros(&model.target),
            context: zeros(&model.context),
            transfer: zeros(&model.transfer),
            loss: LossParts::default(),
        };
        let once = 1.0 / batch.centre_count() as f64;
        for (centre, &item) in batch.centres.iter().enumerate() {
            for pair in batch.pairs_of(centre) {
                slow.pair(item, batch.contexts[pair], once, true);
                if let Negatives::PerPair { per_pair, items } = &batch.negatives {
                    for &negative in &items[pair * per_pair..(pair + 1) * per_pair] {
                        slow.pair(item, negative, once, false);
                    }
                }
            }
            if let Negatives::Shared { group, per_group, negatives_per_pair, items } = &batch.negatives {
                let contexts = batch.pairs_of(centre).len() as f64;
                let weight = once * contexts * f64::from(*negatives_per_pair) / *per_group as f64;
                let first = centre / group * per_group;
                for &negative in &items[first..first + per_group] {
                    slow.pair(item, negative, weight, false);
                }
            }
            if centre >= batch.struct_centres {
                continue;
            }
            let alpha = f64::from(objective.alpha) / batch.struct_centres as f64;
            let negatives = batch.struct_negatives_of(centre);
            let present: Vec<usize> = (1..problem.model.type_count()).filter(|&k| slow.id(item, k).is_some()).collect();
            let terms: Vec<Vec<usize>> = match objective.structure {
                Structure::Joint if present.is_empty() => vec![],
                Structure::Joint => vec![present],
                Structure::PerType => present.into_iter().map(|k| vec![k]).collect(),
            };
            for types in terms {
                slow.structure(item, item, &types, alpha, true);
                for &negative in negatives {
                    slow.structure(negative, item, &types, alpha, false);
                }
            }
        }
        slow.regularise();
        slow
    }

    fn id(&self, item: u32, k: usize) -> Option<usize> {
        let id = self.problem.attributes.ids[(item as usize, k)];
        (id != ItemAttributes::MISSING).then_some(id as usize)
    }

    fn weight(&self, item: u32, k: usize) -> f64 {
        f64::from(self.problem.attributes.weights[(item as usize, k)])
    }

    fn pair(&mut self, i: u32, j: u32, weight: f64, positive: bool) {
        let model = &self.problem.model;
        let mut shared = Vec::new();
        for k in 0..model.type_count() {
            if let (Some(a), Some(b)) = (self.id(i, k), self.id(j, k)) {
                shared.push((k, a, b, self.weight(i, k) * self.weight(j, k)));
            }
        }
        let mut x = 0.0;
        for &(k, a, b, w) in &shared {
            for d in 0..model.target[k].ncols() {
                x += w * f64::from(model.target[k][(a, d)]) * f64::from(model.context[k][(b, d)]);
            }
        }
        let (loss, slope) = if positive { (softplus(-x), sigmoid(x) - 1.0) } else { (softplus(x), sigmoid(x)) };
        self.loss.pair += weight * loss;
        for (k, a, b, w) in shared {
            for d in 0..model.target[k].ncols() {
                self.target[k][(a, d)] += weight * slope * w * f64::from(model.context[k][(b, d)]);
                self.context[k][(b, d)] += weight * slope * w * f64::from(model.target[k][(a, d)]);
            }
        }
    }

    /// Item `i` against the attributes of `a` of these types.
    fn structure(&mut self, i: u32, a: u32, types: &[usize], weight: f64, positive: bool) {
        let model = &self.problem.model;
        let item = i as usize;
        let mut z = 0.0;
        let mut terms = Vec::new();
        for &k in types {
            let row = self.id(a, k).unwrap();
            let w = if self.objective.structure == Structure::Joint { self.weight(a, k) } else { 1.0 };
            for ((p, q), &m) in model.transfer[k - 1].indexed_iter() {
                let (e, b) = (f64::from(model.target[0][(item, p)]), f64::from(model.target[k][(row, q)]));
                z += w * e * f64::from(m) * b;
                terms.push((k, row, w, p, q, e, f64::from(m), b));
            }
        }
        let (loss, slope) = if positive { (softplus(-z), sigmoid(z) - 1.0) } else { (softplus(z), sigmoid(z)) };
        self.loss.structure += weight * loss;
        for (k, row, w, p, q, e, m, b) in terms {
            self.target[0][(item, p)] += weight * slope * w * m * b;
            self.target[k][(row, q)] += weight * slope * w * e * m;
            self.transfer[k - 1][(p, q)] += weight * slope * w * e * b;
        }
    }

    fn regularise(&mut self) {
        let beta = f64::from(self.objective.beta);
        for (gradient, matrix) in self.transfer.iter_mut().zip(&self.problem.model.transfer) {
            let squares: f64 = matrix.iter().map(|&m| f64::from(m).powi(2)).sum();
            let (loss, pull) = match self.objective.regulariser {
                Regulariser::L2 => (squares.sqrt(), 1.0 / squares.sqrt()),
                Regulariser::L2sq => (squares, 2.0),
            };
            self.loss.regulariser += beta * loss;
            for (gradient, &m) in gradient.iter_mut().zip(matrix) {
                *gradient += beta * pull * f64::from(m);
            }
        }
    }

    /// Checks that `backend`, whose step was its first, found this loss and these gradients.
    fn assert_taken_by(&self, backend: &mut CpuBackend, what: &str) {
        let (loss, _) = backend.losses().unwrap();
        for (found, expected) in [
            (loss.pair, self.loss.pair),
            (loss.structure, self.loss.structure),
            (loss.regulariser, self.loss.regulariser),
        ] {
            assert!((found - expected).abs() <= 1e-6 + 1e-5 * expected, "{what}: {loss:?}, expected {:?}", self.loss);
        }
        let state = backend.state().unwrap();
        for (side, first, expected) in
            [("target", 0, &self.target), ("context", 0, &self.context), ("transfer", 1, &self.transfer)]
        {
            for (k, expected) in expected.iter().enumerate() {
                let name = format!("first_moment/{side}/{}", k + first);
                assert_close(&format!("{what}: {name}"), &state.tensors[&name], expected);
            }
        }
    }
}

fn objective(optimizer: Optimizer, structure: Structure, regulariser: Regulariser, beta1: f32) -> Objective {
    let adam = AdamConstants { beta1, ..AdamConstants::default() };
    Objective { alpha: 0.4, beta: 0.03, regulariser, structure, optimizer, adam }
}

fn assert_close(what: &str, found: &[f32], expected: &Array2<f64>) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (at, (&found, &expected)) in found.iter().zip(expected).enumerate() {
        let error = (f64::from(found) - expected).abs();
        assert!(error <= 1e-6 + 2e-5 * expected.abs(), "{what}, value {at}: {found}, expected {expected}");
    }
}

#[test]
fn loss_and_gradient_equal_direct_sums_on_random_problems() {
    let mut random = Random(7);
    for round in 0..60 {
        let dims: Vec<usize> = (0..1 + round % 5).map(|_| 1 + random.below(27)).collect();
        let items = 2 + random.below(40);
        let problem = Problem::new(&mut random, items, &dims, round % 2 == 0);
        let negatives = match round % 4 {
            0 => NegativeKind::PerPair(random.below(4)),
            1 => NegativeKind::Shared(1, 3),
            2 => NegativeKind::Shared(8, 8),
            _ => NegativeKind::Shared(1 + random.below(20), 1 + random.below(9)),
        };
        let centres = 1 + random.below(45);
        let struct_negatives = random.below(3);
        let batch = problem.batch(&mut random, centres, negatives, struct_negatives);
        let structure = if round % 3 == 0 { Structure::Joint } else { Structure::PerType };
        let regulariser = if round % 2 == 0 { Regulariser::L2 } else { Regulariser::L2sq };
        // With beta1 = 0 Adam's first moment is the gradient itself.
        let objective = objective(Optimizer::AdamLazy, structure, regulariser, 0.0);
        let slow = Slow::new(&problem, objective, &batch);
        for instructions in Instructions::all() {
            let (model, attributes) = (problem.model.clone(), problem.attributes.clone());
            let mut backend = CpuBackend::with(instructions, model, attributes, objective, 1 + round % 3);
            backend.step(&batch, 0.01).unwrap();
            let which = format!("{}, dims {dims:?}, {negatives:?}, {structure:?}", instructions.name());
            let what = format!("round {round}, {which}, {centres} centres");
            slow.assert_taken_by(&mut backend, &what);
        }
    }
}

fn trained(threads: usize, optimizer: Optimizer, structure: Structure, dims: &[usize]) -> CpuBackend {
    let mut random = Random(11);
    let problem = Problem::new(&mut random, 300, dims, true);
    let objective = objective(optimizer, structure, Regulariser::L2sq, 0.9);
    let mut backend = CpuBackend::new(problem.model.clone(), problem.attributes.clone(), objective, threads);
    for step in 0..4 {
        let negatives = if step % 2 == 0 { NegativeKind::Shared(8, 8) } else { NegativeKind::PerPair(2) };
        // Shorter and shorter, so that what an earlier step left in the buffers lies behind what counts.
        let batch = problem.batch(&mut random, 250 - 40 * step, negatives, 1);
        backend.step(&batch, 0.02).unwrap();
    }
    backend
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let optimizers = [Optimizer::AdamLazy, Optimizer::Adam, Optimizer::AdagradRow, Optimizer::Sgd];
    for (optimizer, structure) in optimizers.into_iter().zip([Structure::Joint, Structure::PerType].into_iter().cycle())
    {
        for dims in [[20, 9, 5, 13].as_slice(), &[100]] {
            let mut one = trained(1, optimizer, structure, dims);
            for threads in [2, 3] {
                let mut other = trained(threads, optimizer, structure, dims);
                let what = format!("{optimizer:?}, {structure:?}, {} types, {threads} threads", dims.len());
                assert!(one.model().unwrap() == other.model().unwrap(), "{what}: other model");
                assert!(one.state().unwrap() == other.state().unwrap(), "{what}: other state");
            }
        }
    }
}

#[test]
fn a_restored_backend_goes_on_bit_exactly() {
    for optimizer in [Optimizer::AdamLazy, Optimizer::Adam, Optimizer::AdagradRow, Optimizer::Sgd] {
        let mut first = trained(2, optimizer, Structure::PerType, &[12, 5]);
        let (model, state) = (first.model().unwrap(), first.state().unwrap());
        let mut random = Random(5);
        let problem = Problem::new(&mut random, 300, &[12, 5], true);
        assert_ne!(problem.model, model);
        let mut second = trained(1, optimizer, Structure::PerType, &[12, 5]);
        let batch = problem.batch(&mut random, 50, NegativeKind::Shared(8, 8), 1);
        second.step(&batch, 0.5).unwrap();
        second.restore(&model, &state).unwrap();
        first.step(&batch, 0.02).unwrap();
        second.step(&batch, 0.02).unwrap();
        assert!(first.model().unwrap() == second.model().unwrap(), "{optimizer:?}");
        assert!(first.state().unwrap() == second.state().unwrap(), "{optimizer:?}");
    }
}

#[test]
fn a_state_of_another_model_or_optimizer_is_refused_by_name() {
    let mut adam = trained(1, Optimizer::AdamLazy, Structure::Joint, &[12, 5]);
    let mut adagrad = trained(1, Optimizer::AdagradRow, Structure::Joint, &[12, 5]);
    let mut narrow = trained(1, Optimizer::AdamLazy, Structure::Joint, &[12, 4]);
    let before = adam.model().unwrap();
    let error = adam.restore(&before, &adagrad.state().unwrap()).unwrap_err().to_string();
    assert!(error.contains("first_moment"), "{error}");
    let error = adam.restore(&narrow.model().unwrap(), &narrow.state().unwrap()).unwrap_err().to_string();
    assert!(error.contains("table 1"), "{error}");
    assert!(adam.model().unwrap() == before, "a refused state changes nothing");
}

#[test]
fn the_loss_falls() {
    let mut random = Random(3);
    for (optimizer, rate) in
        [(Optimizer::AdamLazy, 0.02), (Optimizer::Adam, 0.02), (Optimizer::AdagradRow, 0.2), (Optimizer::Sgd, 0.5)]
    {
        let problem = Problem::new(&mut random, 60, &[16, 8, 4], true);
        let objective = objective(optimizer, Structure::PerType, Regulariser::L2sq, 0.9);
        let mut backend = CpuBackend::new(problem.model.clone(), problem.attributes.clone(), objective, 2);
        let batch = problem.batch(&mut random, 80, NegativeKind::Shared(8, 8), 1);
        let mut losses = Vec::new();
        for _ in 0..30 {
            backend.step(&batch, rate).unwrap();
            losses.push(backend.losses().unwrap().0.total());
        }
        assert!(losses[29] < 0.7 * losses[0], "{optimizer:?}: {losses:?}");
    }
}

#[test]
fn an_empty_batch_changes_nothing() {
    let mut backend = trained(2, Optimizer::Adam, Structure::Joint, &[6, 3]);
    let before = (backend.model().unwrap(), backend.state().unwrap());
    let batch = Batch {
        centres: vec![],
        context_offsets: vec![0],
        contexts: vec![],
        negatives: Negatives::PerPair { per_pair: 2, items: vec![] },
        struct_centres: 0,
        struct_negatives: vec![],
    };
    backend.losses().unwrap();
    backend.step(&batch, 0.1).unwrap();
    assert!((backend.model().unwrap(), backend.state().unwrap()) == before);
    assert_eq!(backend.losses().unwrap().1, 0);
}

/// A problem and a batch of `centres` centres for it.
fn small(seed: u64, dims: &[usize], centres: usize) -> (Problem, Batch) {
    let mut random = Random(seed);
    let problem = Problem::new(&mut random, 200, dims, true);
    let mut batch = problem.batch(&mut random, centres, NegativeKind::Shared(8, 8), 1);
    // Distinct centres: the asynchronous step moves an item of one type once for each occurrence.
    for (place, centre) in batch.centres.iter_mut().enumerate() {
        *centre = (place * 7 % 200) as u32;
    }
    (problem, batch)
}

#[test]
fn an_asynchronous_step_on_one_unit_is_the_deterministic_one() {
    for dims in [[100].as_slice(), &[20, 9, 5, 13]] {
        let (problem, batch) = small(5, dims, 8);
        // The structural term takes a step of its own there.
        let objective =
            Objective { alpha: 0.0, ..objective(Optimizer::AdagradRow, Structure::PerType, Regulariser::L2sq, 0.9) };
        let fresh = || CpuBackend::new(problem.model.clone(), problem.attributes.clone(), objective, 1);
        let (mut one, mut other) = (fresh(), fresh().asynchronous().unwrap());
        for _ in 0..3 {
            one.step(&batch, 0.05).unwrap();
            other.step(&batch, 0.05).unwrap();
        }
        let (expected, found) = (one.model().unwrap(), other.model().unwrap());
        let tables = |model: &Model| [model.target.clone(), model.context.clone(), model.transfer.clone()].concat();
        for (k, (found, expected)) in tables(&found).iter().zip(tables(&expected)).enumerate() {
            let found: Vec<f32> = found.iter().copied().collect();
            assert_close(&format!("{dims:?}, table {k}"), &found, &expected.mapv(f64::from));
        }
        assert_eq!(one.losses().unwrap().1, other.losses().unwrap().1);
    }
}

#[test]
fn threads_that_race_learn_as_much_as_threads_that_wait() {
    for dims in [[100].as_slice(), &[20, 9, 5, 13]] {
        let (problem, batch) = small(6, dims, 700);
        let objective = objective(Optimizer::AdagradRow, Structure::PerType, Regulariser::L2sq, 0.9);
        let last_loss = |threads, asynchronous| {
            let backend = CpuBackend::new(problem.model.clone(), problem.attributes.clone(), objective, threads);
            let mut backend = if asynchronous { backend.asynchronous().unwrap() } else { backend };
            (0..30)
                .map(|_| {
                    backend.step(&batch, 0.05).unwrap();
                    backend.losses().unwrap().0.total()
                })
                .last()
                .unwrap()
        };
        let first = {
            let mut one = CpuBackend::new(problem.model.clone(), problem.attributes.clone(), objective, 1);
            one.step(&batch, 0.05).unwrap();
            one.losses().unwrap().0.total()
        };
        let waiting = last_loss(1, false);
        for threads in [1, 3] {
            let racing = last_loss(threads, true);
            let what =
                format!("{dims:?}, {threads} threads: loss {racing} racing, {waiting} waiting, {first} at first");
            assert!(racing < 0.8 * first && racing < 1.1 * waiting, "{what}");
        }
    }
}

#[test]
fn only_row_wise_adagrad_races() {
    let (problem, _) = small(7, &[8], 8);
    for (optimizer, works) in
        [(Optimizer::AdagradRow, true), (Optimizer::Sgd, false), (Optimizer::Adam, false), (Optimizer::AdamLazy, false)]
    {
        let objective = objective(optimizer, Structure::PerType, Regulariser::L2sq, 0.9);
        let backend = CpuBackend::new(problem.model.clone(), problem.attributes.clone(), objective, 1).asynchronous();
        assert_eq!(backend.is_ok(), works, "{optimizer:?}");
    }
}
