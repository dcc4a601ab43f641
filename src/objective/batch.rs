//! One mini-batch, as sampled on the host and as every backend reads it.

/// The negatives of a batch's pairs. All entries are item indices.
#[derive(Debug, Clone, PartialEq)]
pub enum Negatives {
    /// The paper's: `per_pair` negatives for each (centre, context) pair, each of weight 1.
    PerPair {
        /// Negatives of one pair (S).
        per_pair: usize,
        /// [pairs x S], pair-major, pairs in the order of [`Batch::contexts`].
        items: Vec<u32>,
    },
    /// Each run of `group` neighbouring centres (the last may be shorter) shares `per_group` negatives.
    ///
    /// A negative counts once for each centre `i` of its group, with weight
    /// `n_contexts(i) * negatives_per_pair / per_group`, so that the expected loss is that of `PerPair`.
    Shared {
        /// Centres in a group (1 = the centre's own window).
        group: usize,
        /// Negatives of one group (S').
        per_group: usize,
        /// What S would be under `PerPair`.
        negatives_per_pair: f32,
        /// [groups x S'], group-major.
        items: Vec<u32>,
    },
}

/// A mini-batch: centres, their contexts (CSR), negatives and structural negatives. All are item indices.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// `[N]` the centre items.
    pub centres: Vec<u32>,
    /// [N + 1] where each centre's contexts start in `contexts`; first 0, last `contexts.len()`.
    pub context_offsets: Vec<u32>,
    /// `[pairs]` the context items of all centres, centre by centre.
    pub contexts: Vec<u32>,
    /// The negatives of the pairs.
    pub negatives: Negatives,
    /// How many centres, the first ones, carry the structural term; their mean stands for that of all.
    pub struct_centres: usize,
    /// [`struct_centres` x R] the structural negatives of each of them, centre-major; empty when R = 0.
    pub struct_negatives: Vec<u32>,
}

impl Default for Batch {
    /// A batch without centres.
    fn default() -> Self {
        Self {
            centres: Vec::new(),
            context_offsets: vec![0],
            contexts: Vec::new(),
            negatives: Negatives::PerPair { per_pair: 0, items: Vec::new() },
            struct_centres: 0,
            struct_negatives: Vec::new(),
        }
    }
}

impl Batch {
    /// Number of centres, N.
    #[must_use]
    pub fn centre_count(&self) -> usize {
        self.centres.len()
    }

    /// Number of (centre, context) pairs.
    #[must_use]
    pub fn pair_count(&self) -> usize {
        self.contexts.len()
    }

    /// The range of centre `i`'s pairs in `contexts`.
    #[must_use]
    pub fn pairs_of(&self, i: usize) -> std::ops::Range<usize> {
        self.context_offsets[i] as usize..self.context_offsets[i + 1] as usize
    }

    /// The structural negatives of centre `i`, which carries the structural term.
    #[must_use]
    pub fn struct_negatives_of(&self, i: usize) -> &[u32] {
        let each = self.struct_negatives_per_centre();
        &self.struct_negatives[i * each..(i + 1) * each]
    }

    /// Structural negatives of each centre that carries the structural term, R.
    #[must_use]
    pub fn struct_negatives_per_centre(&self) -> usize {
        self.struct_negatives.len().checked_div(self.struct_centres).unwrap_or(0)
    }
}
