//! What each key does, in plain language: shown in the window, in `--help` and by `--set`.

use super::Hyperparameters;

/// What the window and `--help` say of one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyDoc {
    /// The key.
    pub key: &'static str,
    /// One or two sentences: what it does, and what raising it costs.
    pub help: &'static str,
    /// The values it takes, in words.
    pub values: &'static str,
}

/// Stands for one key a type: `dims.brand`, `dims.store`.
pub(super) const DIMS_KEY: &str = "dims.TYPE";

/// Stands for one key a type: `weight.brand`, `weight.store`.
pub(super) const WEIGHT_KEY: &str = "weight.TYPE";

impl KeyDoc {
    /// Whether it stands for one key a type.
    #[must_use]
    pub fn is_by_type(&self) -> bool {
        self.key.ends_with(".TYPE")
    }
}

const fn doc(key: &'static str, values: &'static str, help: &'static str) -> KeyDoc {
    KeyDoc { key, help, values }
}

const KEYS: &[KeyDoc] = &[
    doc(
        "epochs",
        "whole number from 1",
        "How often training goes through all events. More learn more, take that much longer, and in the end fit noise.",
    ),
    doc(
        "learning_rate",
        "number above 0",
        "How far one step moves the vectors. Higher learns faster; too high and the loss jumps or stops being a number.",
    ),
    doc(
        "lr_schedule",
        "constant, linear",
        "Whether the learning rate stays as it is or falls evenly to 0 by the last step, which settles the vectors.",
    ),
    doc(
        "batch_size",
        "whole number, 1 to 1048576",
        "How many events one step looks at together, at most. Larger batches run faster, but take fewer steps in an epoch \
         and more memory.",
    ),
    doc(
        "window",
        "whole number from 1, or session",
        "How many items before and after an item count as its context; session takes all others of its sequence. Wider \
         learns looser relations and takes proportionally longer.",
    ),
    doc(
        "sequence",
        "user, session",
        "Whether contexts may reach across a user's whole history or stay within one shopping session.",
    ),
    doc(
        "negatives",
        "whole number from 1",
        "How many random items each pair is contrasted with. More sharpen the vectors of rare items; time grows with \
         them where pairs do not share them.",
    ),
    doc(
        "negative_sampling",
        "log-uniform, power:P",
        "How random items are drawn: log-uniform by popularity rank, or in proportion to popularity to the power P \
         (word2vec uses 0.75; 0 draws all alike).",
    ),
    doc(
        "negative_sharing",
        "pair, window, group:G",
        "Who is contrasted with the same random items: each pair has its own (as in the paper), an item's whole window \
         shares them, or G neighbouring events do. Sharing is several times faster.",
    ),
    doc(
        "shared_negatives",
        "whole number, 0 = automatic",
        "How many random items a window or group shares (automatic: 5 a window, G a group of G). More cost time and \
         make each step steadier; without sharing it means nothing.",
    ),
    doc(
        DIMS_KEY,
        "whole number, 1 to 4096, or auto",
        "How many numbers make up a vector of that ID type, such as dims.brand. Wider can tell more IDs apart and costs \
         memory and time in proportion.",
    ),
    doc(
        "width_rule",
        "by-count, paper",
        "The width of types without a dims entry: by how many IDs they have, or the paper's widths by type name. The \
         item is 100 wide in both.",
    ),
    doc(
        "structure",
        "joint, per-type",
        "How an item is tied to its attributes: all in one sum, as in the paper, where the strongest type drowns the \
         others, or each type by itself.",
    ),
    doc(
        "struct_negatives",
        "whole number from 0",
        "How many random items are contrasted with an item's attributes. With 0, as in the paper, attributes learn next \
         to nothing about their items; more than a few only cost time.",
    ),
    doc(
        "struct_share",
        "number above 0, to 1",
        "The share of each batch's centres whose items are tied to their attributes, a random one that weighs as much as \
         all would. Less is faster in proportion; very little makes attributes less exact.",
    ),
    doc(
        "alpha",
        "number from 0",
        "How strongly items are tied to their attributes. Higher makes attributes and new items more exact and, beyond \
         some point, similar items less so; 0 turns it off.",
    ),
    doc(
        "beta",
        "number from 0",
        "How strongly the matrices between attributes and items are kept small. Higher is steadier and less exact; 0 \
         turns it off.",
    ),
    doc(
        "regulariser",
        "l2, l2sq",
        "How the size of those matrices is measured: by the norm, as in the paper, which pulls with constant force, or \
         by its square, which lets go near 0.",
    ),
    doc(
        "weighting",
        "inverse-count, inverse-sqrt, uniform",
        "How much an attribute counts when two items are compared, by the number n of items that have it: 1/n (the \
         paper; large categories all but vanish), 1/sqrt(n), or always 1.",
    ),
    doc(
        WEIGHT_KEY,
        "number, 0 to 1000",
        "A factor on how much that ID type counts when two items are compared, such as weight.brand. Above 1 its IDs say \
         more of which items belong together, 0 leaves it out of the comparison.",
    ),
    doc(
        "init",
        "xavier, row",
        "How large the random starting vectors are: by the size of the whole table, as in the paper, which is tiny for \
         many IDs, or of each row.",
    ),
    doc(
        "optimizer",
        "adam-lazy, adam, adagrad-row, sgd",
        "How gradients become steps: Adam on the rows a batch touches, Adam on all rows (the paper; slow with many \
         IDs), Adagrad with one number a row (fastest here), or plain gradient steps.",
    ),
    doc(
        "subsample",
        "number, 0 to 1; 0 = off",
        "Events of items more frequent than this share of all events are left out at random, anew in each epoch. Around \
         0.001 is usual; lower leaves out more, which is faster and favours rare items.",
    ),
    doc(
        "min_count",
        "whole number from 1",
        "Items with fewer events are not trained. Higher is faster and drops items that have too few events to learn from.",
    ),
    doc(
        "user_history",
        "whole number from 1",
        "How many of a user's last items make up the user's vector. More describe lasting taste, fewer the latest.",
    ),
    doc(
        "early_stop",
        "whole number, 0 = off",
        "Training ends after this many epochs without a better hit rate on the held-out events, and the best epoch is \
         kept. Each epoch then takes an evaluation longer.",
    ),
    doc(
        "evaluate_every",
        "auto, or a whole number of pairs; 0 = off",
        "How often hit rate and held-out loss are measured while training goes on. Automatic takes at most a twentieth of \
         the time. The vectors are the same with and without.",
    ),
    doc(
        "evaluate_users",
        "whole number from 1",
        "How many users are drawn for that. More make the curve steadier and each point of it dearer.",
    ),
    doc(
        "hide_items",
        "number, 0 to 0.9",
        "The share of items that are withheld from training, to measure how well new items are placed by their \
         attributes. For measuring only: hidden items get no vectors.",
    ),
    doc(
        "execution",
        "deterministic, asynchronous",
        "Deterministic gives the same vectors for the same seed. Asynchronous lets CPU threads overwrite each other: \
         faster and not repeatable; CPU and adagrad-row only.",
    ),
    doc(
        "seed",
        "whole number from 0",
        "Decides everything random: the start, the order, the negatives. The same seed repeats a run; another shows how \
         much of a result is chance.",
    ),
];

impl Hyperparameters {
    /// What each key does, in the order the window shows them. `dims.TYPE` and `weight.TYPE` stand for one key a type.
    #[must_use]
    pub fn keys() -> &'static [KeyDoc] {
        KEYS
    }
}
