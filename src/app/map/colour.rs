//! Which colour each point has: by an attribute, by count, or one for all.

use std::collections::BTreeMap;
use std::sync::Arc;

use eframe::egui::Color32;

use super::arrangement::Arrangement;
use crate::app::theme::{self, CATEGORIES, Palette};
use crate::dataset::ItemAttributes;
use crate::engine::jobs::{UserGroup, UserGroups};
use crate::numbers;
use crate::run::{Run, TableView, USER_TABLE};

/// The slot of IDs beyond the most frequent.
pub const OTHER: u8 = CATEGORIES as u8;
/// The slot of points without the attribute.
pub const MISSING: u8 = OTHER + 1;
/// The slot of all points where there is nothing to tell apart.
pub const PLAIN: u8 = OTHER + 2;

/// What the colours say.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum ColourBy {
    /// Nothing: one colour.
    #[default]
    Nothing,
    /// How often the ID occurs.
    Count,
    /// The ID of that type: an item's own, or the most frequent among an ID's items.
    Type(String),
    /// The group of the user.
    Group,
    /// The share of a point's nearest vectors that are near it on the map.
    Trust,
    /// What a numeric column says of the item.
    Column(String),
}

impl ColourBy {
    /// Its name in menus.
    pub fn name(&self) -> &str {
        match self {
            Self::Nothing => "none",
            Self::Count => "count",
            Self::Type(name) | Self::Column(name) => name,
            Self::Group => "group",
            Self::Trust => "trust",
        }
    }

    /// All that makes sense for `table` of `run`, in the order menus show them; `grouped` says whether its users are in
    /// groups, `trusted` whether trust was measured.
    pub fn choices(run: &Run, table: &str, grouped: bool, trusted: bool) -> Vec<Self> {
        let types = run
            .types
            .iter()
            .skip(1)
            .filter(|id_type| id_type.name != table)
            .map(|id_type| Self::Type(id_type.name.clone()));
        let group = (grouped && table == USER_TABLE).then_some(Self::Group);
        let is_item = run.types.first().is_some_and(|item| item.name == table);
        let columns = if is_item { run.numeric_columns() } else { Vec::new() };
        let amounts = trusted.then_some(Self::Trust).into_iter().chain(columns.into_iter().map(Self::Column));
        [Self::Nothing, Self::Count].into_iter().chain(group).chain(types).chain(amounts).collect()
    }
}

/// One line of the legend.
#[derive(Debug, Clone, PartialEq)]
pub struct LegendEntry {
    /// The slot it speaks of.
    pub slot: u8,
    /// The ID, "other" or "none".
    pub name: String,
    /// Points of that colour.
    pub points: u64,
}

/// The colours of one table.
#[derive(Debug, Clone, PartialEq)]
pub struct Colouring {
    /// What they say.
    pub by: ColourBy,
    /// [rows] slot of each point.
    pub slots: Vec<u8>,
    /// [rows] the attribute's row in its table, or [`ItemAttributes::MISSING`]; empty unless by type.
    pub values: Vec<u32>,
    /// The legend, most points first.
    pub entries: Vec<LegendEntry>,
    /// The amounts, where the colours tell of one.
    pub amounts: Option<Amounts>,
}

/// How much each point has of something.
#[derive(Debug, Clone, PartialEq)]
pub struct Amounts {
    /// [rows] from the least, 0, to the most, 1; not finite where it is not known.
    pub shares: Arc<[f32]>,
    /// The least in words.
    pub least: String,
    /// The most in words.
    pub most: String,
    /// Points of which it is not known.
    pub unknown: u64,
}

/// What is known beside the run.
pub struct Known<'a> {
    /// Its users by group.
    pub groups: Option<&'a UserGroups>,
    /// Where the points lie.
    pub layout: Option<&'a Arrangement>,
}

/// Remembers which colour an ID was given, so that it keeps it on every map and in every run of a session.
#[derive(Debug, Clone, Default)]
pub struct ColourMemory(BTreeMap<(String, String), u8>);

impl ColourMemory {
    /// Slots for `ids` of type `name`, all different: the remembered ones first, then what is free in order.
    fn assign(&mut self, name: &str, ids: &[String]) -> Vec<u8> {
        let mut free: Vec<u8> = (0..OTHER).collect();
        let mut slots: Vec<Option<u8>> = ids
            .iter()
            .map(|id| {
                let slot = *self.0.get(&(name.to_owned(), id.clone()))?;
                let at = free.iter().position(|&other| other == slot)?;
                Some(free.remove(at))
            })
            .collect();
        for (slot, id) in slots.iter_mut().zip(ids) {
            if slot.is_none() && !free.is_empty() {
                let first = free.remove(0);
                *slot = Some(first);
                self.0.insert((name.to_owned(), id.clone()), first);
            }
        }
        slots.into_iter().map(|slot| slot.unwrap_or(OTHER)).collect()
    }
}

impl Colouring {
    /// The colours of `table` by `by`.
    pub fn new(run: &Run, table: &TableView<'_>, by: &ColourBy, known: &Known<'_>, memory: &mut ColourMemory) -> Self {
        let rows = table.vocabulary.len();
        let plain = |slot| Self {
            by: by.clone(),
            slots: vec![slot; rows],
            values: Vec::new(),
            entries: Vec::new(),
            amounts: None,
        };
        let amounts = |amounts: Option<Amounts>| Self { amounts, ..plain(PLAIN) };
        match by {
            ColourBy::Nothing => plain(PLAIN),
            ColourBy::Count => amounts(Some(Amounts::of_counts(table.counts))),
            ColourBy::Trust => amounts(known.layout.and_then(|layout| Amounts::of_trust(layout, rows))),
            ColourBy::Column(name) => amounts(
                run.numbers_of_items(name).filter(|values| values.len() == rows).map(|values| Amounts::of(&values)),
            ),
            ColourBy::Group => match known.groups.filter(|groups| groups.group_of.len() == rows) {
                Some(groups) => Self::by_group(groups),
                None => plain(PLAIN),
            },
            ColourBy::Type(name) => {
                let Some(k) = run.types.iter().position(|id_type| id_type.name == *name) else { return plain(PLAIN) };
                Self::by_type(run, by, k, values_of(run, table, k), memory)
            }
        }
    }

    /// Groups stand in falling size, so the largest have colours of their own.
    fn by_group(groups: &UserGroups) -> Self {
        let slots = groups.group_of.iter().map(|&group| u8::try_from(group).map_or(OTHER, |slot| slot.min(OTHER)));
        let mut entries: Vec<LegendEntry> = (0..OTHER)
            .zip(&groups.groups)
            .map(|(slot, group)| LegendEntry {
                slot,
                name: group_name(usize::from(slot), group),
                points: group.users as u64,
            })
            .collect();
        let other: usize = groups.groups.iter().skip(CATEGORIES).map(|group| group.users).sum();
        if other > 0 {
            let name = format!("other ({})", groups.groups.len() - CATEGORIES);
            entries.push(LegendEntry { slot: OTHER, name, points: other as u64 });
        }
        Self { by: ColourBy::Group, slots: slots.collect(), values: Vec::new(), entries, amounts: None }
    }

    fn by_type(run: &Run, by: &ColourBy, k: usize, values: Vec<u32>, memory: &mut ColourMemory) -> Self {
        let id_type = &run.types[k];
        let mut points = vec![0u64; id_type.vocabulary.len()];
        let mut missing = 0u64;
        for &value in &values {
            match points.get_mut(value as usize) {
                Some(count) => *count += 1,
                None => missing += 1,
            }
        }
        let mut ranked: Vec<u32> = (0..points.len() as u32).filter(|&value| points[value as usize] > 0).collect();
        ranked.sort_by_key(|&value| (std::cmp::Reverse(points[value as usize]), value));
        let top: Vec<u32> = ranked.iter().copied().take(CATEGORIES).collect();
        let ids: Vec<String> = top.iter().map(|&value| id_type.vocabulary.id(value).to_owned()).collect();
        let mut slot_of_value = vec![OTHER; points.len()];
        let mut entries = Vec::new();
        for ((&value, id), slot) in top.iter().zip(&ids).zip(memory.assign(&id_type.name, &ids)) {
            slot_of_value[value as usize] = slot;
            let label = id_type.labels.get(value as usize).cloned().flatten();
            entries.push(LegendEntry {
                slot,
                name: label.unwrap_or_else(|| id.clone()),
                points: points[value as usize],
            });
        }
        let other: u64 = ranked.iter().skip(CATEGORIES).map(|&value| points[value as usize]).sum();
        if other > 0 {
            let name = format!("other ({})", ranked.len() - top.len());
            entries.push(LegendEntry { slot: OTHER, name, points: other });
        }
        if missing > 0 {
            entries.push(LegendEntry { slot: MISSING, name: "none".to_owned(), points: missing });
        }
        let slots = values.iter().map(|&value| slot_of_value.get(value as usize).copied().unwrap_or(MISSING)).collect();
        Self { by: by.clone(), slots, values, entries, amounts: None }
    }

    /// The colour of row `row`.
    pub fn colour(&self, row: usize, dark: bool) -> Color32 {
        match &self.amounts {
            Some(amounts) => match amounts.shares.get(row).filter(|share| share.is_finite()) {
                Some(&share) => theme::amount(share, dark),
                None => slot_colour(MISSING, dark),
            },
            None => slot_colour(self.slots.get(row).copied().unwrap_or(PLAIN), dark),
        }
    }
}

impl Amounts {
    fn of_counts(counts: &[u64]) -> Self {
        let low = counts.iter().copied().min().unwrap_or(0);
        let high = counts.iter().copied().max().unwrap_or(0);
        Self {
            shares: counts.iter().map(|&count| log_share(count, high)).collect(),
            least: numbers::short(low),
            most: numbers::short(high),
            unknown: 0,
        }
    }

    fn of_trust(layout: &Arrangement, rows: usize) -> Option<Self> {
        let trust = layout.trust()?;
        let shares = match &layout.request.settings.rows {
            None => trust.by_point.clone().into(),
            Some(mapped) => {
                let mut shares = vec![f32::NAN; rows];
                for (&row, &share) in mapped.iter().zip(&trust.by_point) {
                    if let Some(slot) = shares.get_mut(row as usize) {
                        *slot = share;
                    }
                }
                shares.into()
            }
        };
        let most = format!("all {} nearest are near", trust.k);
        Some(Self { shares, least: "none".to_owned(), most, unknown: 0 })
    }

    /// From the 1st to the 99th percentile, so that a few extremes do not make all others look alike.
    fn of(values: &[f64]) -> Self {
        let mut known: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
        known.sort_by(f64::total_cmp);
        let at = |share: f64| known.get((share * known.len().saturating_sub(1) as f64).round() as usize).copied();
        let (low, high) = (at(0.01).unwrap_or(0.0), at(0.99).unwrap_or(0.0));
        let span = if high > low { high - low } else { 1.0 };
        let share =
            |&value: &f64| if value.is_finite() { ((value - low) / span).clamp(0.0, 1.0) as f32 } else { f32::NAN };
        let (below, above) = (known.first().is_some_and(|&x| x < low), known.last().is_some_and(|&x| x > high));
        Self {
            shares: values.iter().map(share).collect(),
            least: format!("{}{}", if below { "≤ " } else { "" }, numbers::figures(low, 3)),
            most: format!("{}{}", if above { "≥ " } else { "" }, numbers::figures(high, 3)),
            unknown: (values.len() - known.len()) as u64,
        }
    }
}

/// What group `number`, from 0, is called.
pub fn group_name(number: usize, group: &UserGroup) -> String {
    let name = group.named_by.as_ref().map(|(id_type, id)| match &id.label {
        Some(label) => label.clone(),
        None => format!("{id_type} {}", id.id),
    });
    format!("Group {}{}", number + 1, name.map_or(String::new(), |name| format!(": {name}")))
}

/// Where `count` stands between 0 and `high`, by magnitude: 0..=1.
pub fn log_share(count: u64, high: u64) -> f32 {
    if high == 0 { 0.0 } else { ((count as f64).ln_1p() / (high as f64).ln_1p()) as f32 }
}

/// The colour of a slot.
pub fn slot_colour(slot: u8, dark: bool) -> Color32 {
    match slot {
        PLAIN => Palette::for_dark_mode(dark).accent,
        OTHER => theme::category_other(dark),
        MISSING => theme::category_other(dark).gamma_multiply(0.6),
        slot => theme::category(slot as usize, dark),
    }
}

/// [rows of `table`] the ID of type `k` of each: an item's own; for others the most frequent among their items (a
/// user's last ones), the lower row where two are as frequent.
fn values_of(run: &Run, table: &TableView<'_>, k: usize) -> Vec<u32> {
    let of_item = |item: u32| run.attributes.ids.get([item as usize, k]).copied().unwrap_or(ItemAttributes::MISSING);
    let rows = table.vocabulary.len();
    let items = run.attributes.item_count() as u32;
    let pairs: Vec<(u32, u32)> = match table.type_index {
        Some(0) => return (0..items).map(of_item).collect(),
        Some(own) => (0..items).map(|item| (run.attributes.ids[[item as usize, own]], of_item(item))).collect(),
        None => (0..rows)
            .flat_map(|user| {
                let range = run.histories.offsets.get(user).copied().unwrap_or(0)
                    ..run.histories.offsets.get(user + 1).copied().unwrap_or(0);
                run.histories.items.get(range).unwrap_or(&[]).iter().map(move |&item| (user as u32, item))
            })
            .map(|(user, item)| (user, of_item(item)))
            .collect(),
    };
    most_frequent(rows, pairs)
}

/// [rows] the second value that stands most often beside each first value.
fn most_frequent(rows: usize, mut pairs: Vec<(u32, u32)>) -> Vec<u32> {
    pairs.retain(|&(row, value)| (row as usize) < rows && value != ItemAttributes::MISSING);
    pairs.sort_unstable();
    let mut best = vec![(0usize, ItemAttributes::MISSING); rows];
    for run in pairs.chunk_by(|a, b| a == b) {
        let (row, value) = run[0];
        if run.len() > best[row as usize].0 {
            best[row as usize] = (run.len(), value);
        }
    }
    best.into_iter().map(|(_, value)| value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn an_id_keeps_its_colour_when_others_come_and_go() {
        let mut memory = ColourMemory::default();
        let first = memory.assign("brand", &ids(&["a", "b", "c"]));
        let second = memory.assign("brand", &ids(&["d", "c", "a"]));
        assert_eq!((second[2], second[1]), (first[0], first[2]));
        assert!(!first[..1].contains(&second[0]) && second[0] != first[2]);
    }

    #[test]
    fn colours_on_one_map_are_all_different() {
        let mut memory = ColourMemory::default();
        let many: Vec<String> = (0..40).map(|i| i.to_string()).collect();
        for start in [0, 5, 12, 25] {
            let mut slots = memory.assign("brand", &many[start..start + CATEGORIES]);
            slots.sort_unstable();
            assert_eq!(slots, (0..OTHER).collect::<Vec<_>>(), "from {start}");
        }
    }

    #[test]
    fn a_few_extremes_do_not_make_all_others_look_alike() {
        let mut values: Vec<f64> = (0..1000).map(f64::from).collect();
        values.extend([1e9, f64::NAN]);
        let amounts = Amounts::of(&values);
        assert!((amounts.shares[500] - 0.5).abs() < 0.02, "{}", amounts.shares[500]);
        assert_eq!((amounts.shares[1000], amounts.unknown), (1.0, 1));
        assert!(amounts.shares[1001].is_nan() && amounts.most.starts_with("≥ "), "{}", amounts.most);
        assert_eq!(Amounts::of(&[f64::NAN]).unknown, 1);
        assert_eq!(*Amounts::of(&[3.0, 3.0]).shares, [0.0, 0.0]);
    }

    #[test]
    fn the_most_frequent_value_wins_and_ties_go_to_the_lower_row() {
        let pairs = vec![(0, 5), (0, 7), (0, 7), (1, 9), (1, 2), (2, ItemAttributes::MISSING), (9, 1)];
        assert_eq!(most_frequent(3, pairs), [7, 2, ItemAttributes::MISSING]);
    }
}
