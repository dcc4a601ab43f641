//! Random problems of awkward sizes, the same everywhere.

use idatlas::dataset::ItemAttributes;
use idatlas::embedding::Model;
use idatlas::gpu::{GpuBackend, GpuContext};
use idatlas::objective::{AdamConstants, Batch, Negatives, Objective, Optimizer, Regulariser, Structure};
use idatlas::reference::ReferenceBackend;
use ndarray::Array2;

/// A problem with random tables, attributes and batches.
pub struct Case {
    pub name: &'static str,
    pub dims: &'static [usize],
    pub rows: &'static [usize],
    /// Share of attributes that items lack.
    pub missing: f64,
    pub centres: usize,
    pub most_contexts: u64,
    /// S of `PerPair`; or centres in a group and S' of `Shared`.
    pub negatives: Draws,
    pub struct_negatives: usize,
    /// Share of the centres that carry the structural term.
    pub struct_share: f64,
    pub structure: Structure,
    pub regulariser: Regulariser,
}

#[derive(Clone, Copy)]
pub enum Draws {
    PerPair(usize),
    Shared(usize, usize),
}

/// What the cases below share.
const PLAIN: Case = Case {
    name: "plain",
    dims: &[100],
    rows: &[20_000],
    missing: 0.0,
    centres: 4096,
    most_contexts: 8,
    negatives: Draws::PerPair(2),
    struct_negatives: 0,
    struct_share: 1.0,
    structure: Structure::Joint,
    regulariser: Regulariser::L2,
};

/// Sizes around those of segments (64), workgroups (64) and vec4 (4); rows that no, one or thousands of terms touch.
pub const CASES: [Case; 8] = [
    Case {
        name: "one of everything",
        dims: &[1],
        rows: &[1],
        centres: 1,
        most_contexts: 1,
        negatives: Draws::PerPair(1),
        ..PLAIN
    },
    Case { name: "items only, odd sizes", dims: &[5], rows: &[63], centres: 65, negatives: Draws::PerPair(3), ..PLAIN },
    Case {
        name: "shared negatives, missing attributes",
        dims: &[65, 3],
        rows: &[65, 2],
        missing: 0.4,
        centres: 63,
        most_contexts: 4,
        negatives: Draws::Shared(8, 5),
        struct_negatives: 1,
        struct_share: 0.3,
        structure: Structure::PerType,
        regulariser: Regulariser::L2sq,
    },
    Case {
        name: "many widths, joint structure with negatives",
        dims: &[7, 1, 64, 63],
        rows: &[200, 1, 5, 130],
        missing: 0.2,
        centres: 129,
        most_contexts: 6,
        negatives: Draws::Shared(1, 3),
        struct_negatives: 2,
        struct_share: 0.8,
        ..PLAIN
    },
    Case {
        name: "the paper's seven types",
        dims: &[100, 100, 10, 20, 10, 10, 20],
        rows: &[300, 150, 40, 30, 20, 10, 5],
        missing: 0.1,
        centres: 64,
        ..PLAIN
    },
    Case {
        name: "rows with thousands of terms",
        dims: &[4, 8],
        rows: &[3, 2],
        centres: 300,
        most_contexts: 16,
        negatives: Draws::PerPair(5),
        struct_negatives: 1,
        structure: Structure::PerType,
        regulariser: Regulariser::L2sq,
        ..PLAIN
    },
    Case {
        name: "no attribute present",
        dims: &[3, 5],
        rows: &[10, 4],
        missing: 1.0,
        centres: 9,
        most_contexts: 3,
        negatives: Draws::PerPair(1),
        struct_negatives: 1,
        ..PLAIN
    },
    Case {
        name: "no pairs",
        dims: &[6, 2],
        rows: &[10, 4],
        centres: 5,
        most_contexts: 0,
        struct_negatives: 1,
        structure: Structure::PerType,
        ..PLAIN
    },
];

/// splitmix64: the same numbers everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % bound
    }

    fn unit(&mut self) -> f64 {
        self.below(1 << 24) as f64 / f64::from(1 << 24)
    }

    fn table(&mut self, rows: usize, columns: usize) -> Array2<f32> {
        Array2::from_shape_simple_fn((rows, columns), || self.unit() as f32 - 0.5)
    }

    /// Skewed, so that some rows are touched often.
    fn item(&mut self, items: usize) -> u32 {
        let u = self.unit();
        ((u * u * items as f64) as usize).min(items - 1) as u32
    }
}

impl Case {
    pub fn objective(&self, optimizer: Optimizer) -> Objective {
        Objective {
            alpha: 0.3,
            beta: 0.02,
            regulariser: self.regulariser,
            structure: self.structure,
            optimizer,
            // A large epsilon: at a small one Adam makes a whole step of a gradient that is rounding noise.
            adam: AdamConstants { epsilon: 1e-3, ..AdamConstants::default() },
        }
    }

    pub fn model(&self) -> Model {
        let mut random = Random(1);
        let mut tables = || self.dims.iter().zip(self.rows).map(|(&m, &d)| random.table(d, m)).collect();
        let (target, context) = (tables(), tables());
        let transfer = self.dims[1..].iter().map(|&m| random.table(self.dims[0], m)).collect();
        Model { target, context, transfer }
    }

    pub fn attributes(&self) -> ItemAttributes {
        let mut random = Random(2);
        let shape = (self.rows[0], self.dims.len());
        let ids = Array2::from_shape_fn(shape, |(item, kind)| match kind {
            0 => item as u32,
            _ if random.unit() < self.missing => ItemAttributes::MISSING,
            _ => random.below(self.rows[kind] as u64) as u32,
        });
        let weights = Array2::from_shape_fn(shape, |at| match ids[at] {
            ItemAttributes::MISSING => 0.0,
            _ if at.1 == 0 => 1.0,
            _ => 0.1 + random.unit() as f32,
        });
        ItemAttributes { ids, weights }
    }

    /// Centres of a batch that carry the structural term.
    pub fn struct_centres(&self) -> usize {
        (self.centres as f64 * self.struct_share).ceil() as usize
    }

    pub fn batch(&self, seed: u64) -> Batch {
        let mut random = Random(100 + seed);
        let items = self.rows[0];
        let mut draw = |count: usize| -> Vec<u32> { (0..count).map(|_| random.item(items)).collect() };
        let centres = draw(self.centres);
        let mut context_offsets = vec![0];
        let mut contexts = Vec::new();
        let mut lengths = Random(200 + seed);
        for _ in 0..self.centres {
            contexts.extend(draw(lengths.below(self.most_contexts + 1) as usize));
            context_offsets.push(contexts.len() as u32);
        }
        let negatives = match self.negatives {
            Draws::PerPair(per_pair) => Negatives::PerPair { per_pair, items: draw(contexts.len() * per_pair) },
            Draws::Shared(group, per_group) => Negatives::Shared {
                group,
                per_group,
                negatives_per_pair: 2.0,
                items: draw(self.centres.div_ceil(group) * per_group),
            },
        };
        let struct_centres = self.struct_centres();
        let struct_negatives = draw(struct_centres * self.struct_negatives);
        Batch { centres, context_offsets, contexts, negatives, struct_centres, struct_negatives }
    }

    /// A batch of items drawn evenly, each centre with `contexts` of them.
    pub fn even_batch(&self, contexts: usize) -> Batch {
        let mut random = Random(300);
        let mut draw =
            |count: usize| -> Vec<u32> { (0..count).map(|_| random.below(self.rows[0] as u64) as u32).collect() };
        let pairs = self.centres * contexts;
        let negatives = match self.negatives {
            Draws::PerPair(per_pair) => Negatives::PerPair { per_pair, items: draw(pairs * per_pair) },
            Draws::Shared(group, per_group) => Negatives::Shared {
                group,
                per_group,
                negatives_per_pair: 2.0,
                items: draw(self.centres.div_ceil(group) * per_group),
            },
        };
        Batch {
            centres: draw(self.centres),
            context_offsets: (0..=self.centres).map(|centre| (centre * contexts) as u32).collect(),
            contexts: draw(pairs),
            negatives,
            struct_centres: self.struct_centres(),
            struct_negatives: draw(self.struct_centres() * self.struct_negatives),
        }
    }

    pub fn gpu(&self, context: &GpuContext, optimizer: Optimizer) -> GpuBackend {
        GpuBackend::new(context.clone(), &self.model(), &self.attributes(), self.objective(optimizer)).unwrap()
    }

    pub fn mirrors(&self, optimizer: Optimizer) -> ReferenceBackend {
        ReferenceBackend::new(&self.model(), &self.attributes(), self.objective(optimizer)).unwrap()
    }
}

/// A small model and a large batch.
pub const WIDE: Case = Case { name: "small model, large batch", rows: &[1_000], centres: 4_000, ..PLAIN };

/// Problems large enough to measure.
pub const MEASURED: [Case; 3] = [
    Case { name: "items only, 20k x 100, 4096 centres, S = 2", ..PLAIN },
    Case { name: "items only, 20k x 100, 4096 centres, groups of 8 share 8", negatives: Draws::Shared(8, 8), ..PLAIN },
    Case {
        name: "the paper's seven types, 20k items, 4096 centres, S = 2, R = 1 for a quarter of them",
        dims: &[100, 100, 10, 20, 10, 10, 20],
        rows: &[20_000, 10_000, 100, 2_000, 50, 300, 1_000],
        missing: 0.05,
        struct_negatives: 1,
        struct_share: 0.25,
        structure: Structure::PerType,
        regulariser: Regulariser::L2sq,
        ..PLAIN
    },
];
