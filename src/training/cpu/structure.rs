//! The structural term: each centre's item vector against the images of its attributes in item space.

use std::ops::Range;

use crate::objective::{Batch, Structure};

use super::groups::{Groups, NONE};
use super::linear::{Strided, multiply};
use super::table::{Table, floats, floats_mut};
use super::tile::{Tile, TileGradients};
use crate::simd::{Kernel, Lane, Place, Simd, WIDTH};

// Rows between the one that is asked for and the one that is read.
const AHEAD: usize = 8;

/// Fills some attribute rows' copies and their images `M_k` `E_k`[a].
pub struct ImageTask<'a> {
    /// The table `E_k`.
    pub table: &'a Table,
    /// `M_k` transposed, [`m_k`, `m_1`].
    pub transposed: &'a Table,
    /// The rows of this task.
    pub rows: &'a [u32],
    /// [rows x lanes of `m_k`] becomes their copies.
    pub copies: &'a mut [Lane],
    /// [rows x lanes of `m_1`] becomes their images.
    pub images: &'a mut [Lane],
}

impl Kernel for ImageTask<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let (lanes, image_lanes) = (self.table.lanes(), self.transposed.lanes());
        for &row in self.rows.iter().take(AHEAD) {
            s.prefetch(self.table.row(row as usize));
        }
        for (index, (copy, &row)) in self.copies.chunks_exact_mut(lanes).zip(self.rows).enumerate() {
            if let Some(&later) = self.rows.get(index + AHEAD) {
                s.prefetch(self.table.row(later as usize));
            }
            copy.copy_from_slice(self.table.row(row as usize));
        }
        self.images.fill(Lane::default());
        let copies = Strided::rows(self.copies, lanes);
        multiply(s, self.images, self.rows.len(), image_lanes, copies, self.table.dims(), self.transposed.data());
    }
}

/// The term over some distinct centre items.
pub struct StructureTask<'a> {
    /// The batch.
    pub batch: &'a Batch,
    /// Joint or per type.
    pub structure: Structure,
    /// alpha / N.
    pub scale: f32,
    /// `E_1`.
    pub items: &'a Table,
    /// The distinct centre items, each with its occurrences.
    pub centres: &'a Groups,
    /// Those of this task.
    pub range: Range<usize>,
    /// [K - 1] which attribute each distinct centre carries, and its weight.
    pub types: &'a [TypeOfCentres],
    /// The images of all types' attribute rows, type by type.
    pub images: &'a [Lane],
    /// Gradients of item vectors: for each distinct centre its own, then one for each negative of each occurrence.
    pub item_gradients: &'a mut [Lane],
    /// Gradients of images: for each distinct centre one a type, or the one of the joint image.
    pub image_gradients: &'a mut [Lane],
    /// [the range] becomes the loss of each.
    pub losses: &'a mut [f64],
    /// The thread's memory.
    pub scratch: &'a mut StructureScratch,
}

/// One attribute type as the distinct centres carry it.
#[derive(Debug, Clone, Default)]
pub struct TypeOfCentres {
    /// Distinct centres by attribute row.
    pub groups: Groups,
    /// [distinct centres] `w_ik`.
    pub weights: Vec<f32>,
    /// Row of the type's first image among all images.
    pub first_image: usize,
    /// [distinct centres] the row of each one's image among all images, [`NONE`] where it lacks the type.
    images: Vec<u32>,
}

impl TypeOfCentres {
    /// Finds the images of `centres` distinct centres, whose rows were grouped.
    pub fn find_images(&mut self, centres: usize, first_image: usize) {
        let Self { groups, images, .. } = self;
        images.clear();
        images.resize(centres, NONE);
        for place in 0..groups.len() {
            for &centre in groups.entries_at(place) {
                images[centre as usize] = (first_image + place) as u32;
            }
        }
        self.first_image = first_image;
    }

    /// The lane at which the image of a distinct centre starts, if it has one.
    #[inline(always)]
    fn image_start(&self, centre: usize, lanes: usize) -> Option<usize> {
        let image = self.images[centre];
        (image != NONE).then(|| image as usize * lanes)
    }
}

/// Memory of a thread for the structural term.
#[derive(Debug, Clone, Default)]
pub struct StructureScratch {
    tile: Tile,
    joint: Vec<Lane>,
}

impl Kernel for StructureTask<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, s: S) {
        let lanes = self.items.lanes();
        let images = match self.structure {
            Structure::Joint => 1,
            Structure::PerType => self.types.len(),
        };
        let mut at = 0;
        for (index, centre) in self.range.clone().enumerate() {
            if centre + 1 < self.range.end {
                self.prefetch(s, centre + 1);
            }
            let rows = 1 + self.centres.entries_at(centre).len() * self.batch.struct_negatives_per_centre();
            let image_at = index * images * lanes;
            let present = self.types.iter().any(|of_type| of_type.image_start(centre, lanes).is_some());
            self.losses[index] = match self.structure {
                _ if !present => {
                    self.item_gradients[at..][..rows * lanes].fill(Lane::default());
                    0.0
                }
                Structure::Joint => self.joint(s, centre, at, image_at),
                Structure::PerType => self.per_type(s, centre, at, image_at),
            };
            at += rows * lanes;
        }
    }
}

impl StructureTask<'_> {
    /// Asks for the rows that a distinct centre will use.
    #[inline(always)]
    fn prefetch<S: Simd>(&self, s: S, centre: usize) {
        let lanes = self.items.lanes();
        s.prefetch(self.items.row(self.centres.rows[centre] as usize));
        for of_type in self.types {
            if let Some(start) = of_type.image_start(centre, lanes) {
                s.prefetch(&self.images[start..][..lanes]);
            }
        }
        for &occurrence in self.centres.entries_at(centre) {
            for &negative in self.batch.struct_negatives_of(occurrence as usize) {
                s.prefetch(self.items.row(negative as usize));
            }
        }
    }

    /// One logit a type: the item's vector, then each negative's, against the images of the item's attributes.
    #[inline(always)]
    fn per_type<S: Simd>(&mut self, s: S, centre: usize, at: usize, image_at: usize) -> f64 {
        let lanes = self.items.lanes();
        let tile = &mut self.scratch.tile;
        let occurrences = self.centres.entries_at(centre);
        tile.clear();
        for (k, of_type) in self.types.iter().enumerate() {
            if let Some(start) = of_type.image_start(centre, lanes) {
                tile.push(Place { row: k as u32, fresh: true }, start, 1.0);
            }
        }
        tile.end_positives();
        let image_gradients = &mut self.image_gradients[image_at..][..self.types.len() * lanes];
        let item = self.items.row(self.centres.rows[centre] as usize);
        let images = self.images.into();
        let (own, mut others) = self.item_gradients[at..].split_at_mut(lanes);
        let gradients = TileGradients { columns: own, fresh: true, rows: image_gradients };
        let mut loss = tile.one(s, self.scale * occurrences.len() as f32, item.into(), images, gradients);
        tile.turn_negative();
        for &occurrence in occurrences {
            for &negative in self.batch.struct_negatives_of(occurrence as usize) {
                let (own, rest) = others.split_at_mut(lanes);
                let gradients = TileGradients { columns: own, fresh: true, rows: image_gradients };
                let item = self.items.row(negative as usize);
                loss = s.add(loss, tile.one(s, self.scale, item.into(), images, gradients));
                others = rest;
            }
        }
        f64::from(s.sum(loss))
    }

    /// One logit an item: the weighted sum of its attributes' images against its vector and each negative's.
    #[inline(always)]
    fn joint<S: Simd>(&mut self, s: S, centre: usize, at: usize, image_at: usize) -> f64 {
        let lanes = self.items.lanes();
        let joint = &mut self.scratch.joint;
        joint.clear();
        joint.resize(lanes, Lane::default());
        for of_type in self.types {
            let Some(start) = of_type.image_start(centre, lanes) else { continue };
            let weight = s.splat(of_type.weights[centre]);
            for (to, from) in joint.iter_mut().zip(&self.images[start..][..lanes]) {
                let sum = s.fma(weight, s.load(from), s.load(to));
                s.store(to, sum);
            }
        }
        let tile = &mut self.scratch.tile;
        let occurrences = self.centres.entries_at(centre);
        tile.clear();
        let item = self.centres.rows[centre] as usize;
        tile.push(Place { row: 0, fresh: true }, item * lanes, occurrences.len() as f32);
        tile.end_positives();
        let mut place = 0;
        for &occurrence in occurrences {
            for &negative in self.batch.struct_negatives_of(occurrence as usize) {
                place += 1;
                tile.push(Place { row: place, fresh: true }, negative as usize * lanes, 1.0);
            }
        }
        let image_gradient = &mut self.image_gradients[image_at..][..lanes];
        let gradients = TileGradients { columns: image_gradient, fresh: true, rows: &mut self.item_gradients[at..] };
        let loss = tile.one(s, self.scale, (&**joint).into(), self.items.data().into(), gradients);
        f64::from(s.sum(loss))
    }
}

/// Sums the gradients of some attribute rows' images and takes them back through `M_k`.
pub struct PullTask<'a> {
    /// Image gradients of the distinct centres, `stride` rows each, of which this type's is `first`.
    pub image_gradients: &'a [Lane],
    /// Rows of a distinct centre.
    pub stride: usize,
    /// This type's row among them.
    pub first: usize,
    /// Whether the centres' weights count (joint term).
    pub weighted: bool,
    /// The type.
    pub of_type: &'a TypeOfCentres,
    /// `M_k`.
    pub transfer: &'a Table,
    /// Lanes of `m_1`.
    pub lanes: usize,
    /// Attribute rows of this task, by place.
    pub range: Range<usize>,
    /// [the range x lanes] becomes the gradients of the images.
    pub summed: &'a mut [Lane],
    /// [the range x lanes of `m_k`] becomes `M_k^T` of them.
    pub pulled: &'a mut [Lane],
}

impl Kernel for PullTask<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        self.summed.fill(Lane::default());
        self.pulled.fill(Lane::default());
        let lanes = self.lanes;
        for (place, out) in self.range.clone().zip(self.summed.chunks_exact_mut(lanes)) {
            let entries = &self.of_type.groups.entries;
            for at in self.of_type.groups.offsets[place] as usize..self.of_type.groups.offsets[place + 1] as usize {
                if let Some(&later) = entries.get(at + AHEAD) {
                    let row = (later as usize * self.stride + self.first) * lanes;
                    s.prefetch(&self.image_gradients[row..][..lanes]);
                }
                let centre = entries[at];
                let weight = if self.weighted { self.of_type.weights[centre as usize] } else { 1.0 };
                let weight = s.splat(weight);
                let row = (centre as usize * self.stride + self.first) * lanes;
                for (to, from) in out.iter_mut().zip(&self.image_gradients[row..][..lanes]) {
                    let sum = s.fma(weight, s.load(from), s.load(to));
                    s.store(to, sum);
                }
            }
        }
        let summed = Strided::rows(self.summed, lanes);
        let transfer = self.transfer;
        multiply(s, self.pulled, self.range.len(), transfer.lanes(), summed, transfer.rows(), transfer.data());
    }
}

/// Some rows of `M_k`'s gradient: `sum_a du(a) E_k[a]^T`.
pub struct TransferTask<'a> {
    /// [A x lanes of `m_1`] gradients of all the type's images.
    pub summed: &'a [Lane],
    /// Lanes of `m_1`.
    pub lanes: usize,
    /// [A x lanes of `m_k`] copies of all the type's rows.
    pub copies: &'a [Lane],
    /// Lanes of `m_k`.
    pub copy_lanes: usize,
    /// A.
    pub depth: usize,
    /// Rows of `M_k` in this task.
    pub rows: Range<usize>,
    /// [the rows x lanes of `m_k`] becomes the gradient.
    pub out: &'a mut [Lane],
}

impl Kernel for TransferTask<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        self.out.fill(Lane::default());
        let summed = Strided::columns(self.summed, self.lanes, self.rows.start);
        multiply(s, self.out, self.rows.len(), self.copy_lanes, summed, self.depth, self.copies);
    }
}

/// Writes `from` transposed into `to`.
pub fn transpose(from: &Table, to: &mut Table) {
    let rows = floats(from.data());
    for dim in 0..from.dims() {
        for (to, row) in floats_mut(to.row_mut(dim)).iter_mut().zip(rows.chunks(from.lanes() * WIDTH)) {
            *to = row[dim];
        }
    }
}

/// The sum of all squares.
#[must_use]
pub fn squared_norm(table: &Table) -> f64 {
    let mut sums = [0.0; WIDTH];
    for lane in table.data() {
        for (sum, &x) in sums.iter_mut().zip(&lane.0) {
            *sum += f64::from(x) * f64::from(x);
        }
    }
    sums.iter().sum()
}
