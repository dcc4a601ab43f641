//! How many dimensions a type gets that nobody gave a number.

use super::WidthRule;

/// Width of the item's vectors where none is given (the paper's).
pub(super) const ITEM_WIDTH: usize = 100;

/// Width of types that the paper does not know.
const OTHER_WIDTH: usize = 10;

impl WidthRule {
    /// Dimensions of the attribute type `name` with `ids` IDs beside items of width `item_width`.
    pub(super) fn width(self, name: &str, ids: usize, item_width: usize) -> usize {
        match self {
            Self::Paper => paper_width(name),
            Self::ByCount => width_by_count(ids, item_width),
        }
    }
}

/// The paper's widths (section 4.2): product 100, store 10, brand 20, cate-1 10, cate-2 10, cate-3 20.
///
/// Case, blanks, `-` and `_` in names do not count: `cate-1`, `cate_level1` and `Category 1` are the same.
fn paper_width(name: &str) -> usize {
    let plain: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let category_level = ["category", "cate", "cat"]
        .iter()
        .find_map(|prefix| plain.strip_prefix(prefix))
        .map(|rest| rest.strip_prefix("level").unwrap_or(rest));
    match (plain.as_str(), category_level) {
        ("product", _) => 100,
        ("store" | "shop", _) => 10,
        ("brand", _) => 20,
        (_, Some("1" | "2")) => 10,
        (_, Some("3")) => 20,
        _ => OTHER_WIDTH,
    }
}

/// 4 D^(1/4), to the nearest multiple of 4, at least 4 and at most the item's width.
///
/// The fourth root is the usual rule for categories; the factor makes 30 IDs 8 wide, 1,000 IDs 24 and 10,000 IDs 40,
/// which brackets the paper's 10 for stores and 20 for brands. An attribute is a summary of its items, so more room
/// than an item's would be empty.
fn width_by_count(ids: usize, item_width: usize) -> usize {
    let quarters = (ids as f64).sqrt().sqrt().round() as usize;
    (4 * quarters.max(1)).min(item_width.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_papers_widths_follow_the_name_in_any_spelling() {
        let cases = [
            ("product", 100),
            ("Product", 100),
            ("store", 10),
            ("brand", 20),
            ("cate-1", 10),
            ("cate_level2", 10),
            ("category_level3", 20),
            ("Category 3", 20),
            ("cate3", 20),
            ("category", 10),
            ("colour", 10),
        ];
        for (name, width) in cases {
            assert_eq!(WidthRule::Paper.width(name, 1_000, 100), width, "{name}");
        }
    }

    #[test]
    fn the_width_by_count_grows_slowly_and_stays_within_the_items() {
        let cases =
            [(0, 4), (1, 4), (8, 8), (30, 8), (155, 16), (1_000, 24), (10_000, 40), (57_013, 60), (10_000_000, 100)];
        for (ids, width) in cases {
            assert_eq!(WidthRule::ByCount.width("brand", ids, 100), width, "{ids} IDs");
        }
        assert_eq!(WidthRule::ByCount.width("brand", 10_000, 16), 16);
    }
}
