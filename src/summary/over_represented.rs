//! Attribute IDs that a set of items has more often than chance gives.

use super::IdShare;
use super::benjamini_hochberg::adjusted;
use super::hypergeometric::LogFactorials;
use super::shares::TypeShares;

/// An ID that a set of items carries more often than the catalogue does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OverRepresented {
    /// Its type, from 1.
    pub type_index: usize,
    /// How often it occurs.
    pub share: IdShare,
    /// The chance that as many items of a random set of that size carry it (upper tail of the hypergeometric
    /// distribution).
    pub p_value: f64,
    /// The p-value corrected for all IDs that were tested, of every type (Benjamini and Hochberg 1995).
    pub adjusted: f64,
}

/// Tests every ID, of the types given, that at least two items of the catalogue carry; `tests` says how many those are,
/// whether they occur in the set or not. By rising p-value, then by falling lift, type and row; IDs that are no more
/// frequent than in the catalogue are left out, though they count as tests.
pub(super) fn over_represented(
    types: &[TypeShares],
    set: usize,
    catalogue: usize,
    tests: usize,
    factorials: &LogFactorials,
) -> Vec<OverRepresented> {
    let mut found: Vec<OverRepresented> = Vec::new();
    for shares in types {
        for share in shares.ids.iter().filter(|share| share.catalogue_items >= LEAST_ITEMS && share.lift() > 1.0) {
            let (with, inside) = (share.catalogue_items as usize, share.items as usize);
            let p_value = factorials.upper_tail(catalogue, with, set, inside);
            found.push(OverRepresented { type_index: shares.type_index, share: *share, p_value, adjusted: 1.0 });
        }
    }
    let p_values: Vec<f64> = found.iter().map(|one| one.p_value).collect();
    for (one, adjusted) in found.iter_mut().zip(adjusted(&p_values, tests)) {
        one.adjusted = adjusted;
    }
    found.sort_by(|a, b| {
        let by_lift = b.share.lift().total_cmp(&a.share.lift());
        a.p_value
            .total_cmp(&b.p_value)
            .then(by_lift)
            .then((a.type_index, a.share.row).cmp(&(b.type_index, b.share.row)))
    });
    found
}

/// An ID of a single item cannot be over-represented by more than that item's luck.
pub(super) const LEAST_ITEMS: u32 = 2;
