//! Which colour each point has: by an attribute, by count, or one for all.

use std::collections::BTreeMap;

use eframe::egui::Color32;

use crate::app::theme::{self, CATEGORIES, Palette};
use crate::dataset::ItemAttributes;
use crate::engine::jobs::UserGroups;
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
}

impl ColourBy {
    /// Its name in menus.
    pub fn name(&self) -> &str {
        match self {
            Self::Nothing => "none",
            Self::Count => "count",
            Self::Type(name) => name,
            Self::Group => "group",
        }
    }

    /// All that makes sense for `table` of `run`, in the order menus show them; `grouped` says whether its users are in
    /// groups.
    pub fn choices(run: &Run, table: &str, grouped: bool) -> Vec<Self> {
        let types = run
            .types
            .iter()
            .skip(1)
            .filter(|id_type| id_type.name != table)
            .map(|id_type| Self::Type(id_type.name.clone()));
        let group = (grouped && table == USER_TABLE).then_some(Self::Group);
        [Self::Nothing, Self::Count].into_iter().chain(group).chain(types).collect()
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
    /// Smallest and largest count, where the colours are by count.
    pub range: Option<(u64, u64)>,
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
    pub fn new(
        run: &Run,
        table: &TableView<'_>,
        by: &ColourBy,
        groups: Option<&UserGroups>,
        memory: &mut ColourMemory,
    ) -> Self {
        let rows = table.vocabulary.len();
        let plain = |slot| Self {
            by: by.clone(),
            slots: vec![slot; rows],
            values: Vec::new(),
            entries: Vec::new(),
            range: None,
        };
        match by {
            ColourBy::Nothing => plain(PLAIN),
            ColourBy::Count => {
                let low = table.counts.iter().copied().min().unwrap_or(0);
                let high = table.counts.iter().copied().max().unwrap_or(0);
                Self { range: Some((low, high)), ..plain(PLAIN) }
            }
            ColourBy::Group => match groups.filter(|groups| groups.group_of.len() == rows) {
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
            .map(|(slot, group)| {
                let typical = group.items.first().map(|item| item.label.as_ref().unwrap_or(&item.id));
                let typical = typical.map_or(String::new(), |typical| format!(": {typical}"));
                LegendEntry { slot, name: format!("Group {}{typical}", slot + 1), points: group.users as u64 }
            })
            .collect();
        let other: usize = groups.groups.iter().skip(CATEGORIES).map(|group| group.users).sum();
        if other > 0 {
            let name = format!("other ({})", groups.groups.len() - CATEGORIES);
            entries.push(LegendEntry { slot: OTHER, name, points: other as u64 });
        }
        Self { by: ColourBy::Group, slots: slots.collect(), values: Vec::new(), entries, range: None }
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
        Self { by: by.clone(), slots, values, entries, range: None }
    }

    /// The colour of row `row` that occurs `count` times.
    pub fn colour(&self, row: usize, count: u64, dark: bool) -> Color32 {
        match self.range {
            Some((_, high)) => theme::amount(log_share(count, high), dark),
            None => slot_colour(self.slots.get(row).copied().unwrap_or(PLAIN), dark),
        }
    }
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
    fn the_most_frequent_value_wins_and_ties_go_to_the_lower_row() {
        let pairs = vec![(0, 5), (0, 7), (0, 7), (1, 9), (1, 2), (2, ItemAttributes::MISSING), (9, 1)];
        assert_eq!(most_frequent(3, pairs), [7, 2, ItemAttributes::MISSING]);
    }
}
