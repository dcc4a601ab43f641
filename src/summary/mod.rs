//! What a set of items has in common, measured against the whole catalogue: shares of attribute IDs, those that are
//! over-represented, numeric columns, cohesion, typical and atypical items.
//!
//! The catalogue is the trained items, each counted once.

mod benjamini_hochberg;
mod catalogue;
mod cohesion;
mod hypergeometric;
mod numeric;
mod over_represented;
mod shares;
mod together;

pub use catalogue::{CatalogueProfile, ItemSummary};
pub use cohesion::{Cohesion, Typicality};
pub use numeric::{Distribution, NumericSummary};
pub use over_represented::OverRepresented;
pub use shares::{IdShare, TypeShares};
pub use together::{SharedBasket, Together, together};
