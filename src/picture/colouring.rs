//! Which colour each point has: by an attribute, by an amount, or one for all.

use std::collections::BTreeMap;

use super::amounts::Amounts;
use super::palette::{CATEGORIES, Ground, Rgba};
use super::palettes::Palettes;
use crate::dataset::ItemAttributes;
use crate::projection::Trust;
use crate::run::{Run, TableView};

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
    /// The ID's group: those whose vectors point the same way.
    Group,
    /// The share of a point's nearest vectors that are near it on the map.
    Trust,
    /// What a numeric column says of the item.
    Column(String),
}

impl ColourBy {
    /// Its name in menus.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Nothing => "none",
            Self::Count => "count",
            Self::Type(name) | Self::Column(name) => name,
            Self::Group => "group",
            Self::Trust => "trust",
        }
    }

    /// What stands above the legend.
    #[must_use]
    pub fn heading(&self) -> &str {
        match self {
            Self::Count => "Events",
            Self::Trust => "Nearest vectors that are near here",
            by => by.name(),
        }
    }

    /// All that makes sense for `table` of `run`, in the order menus show them; `grouped` says whether it is in
    /// groups, `trusted` whether trust was measured.
    #[must_use]
    pub fn choices(run: &Run, table: &str, grouped: bool, trusted: bool) -> Vec<Self> {
        let types = run
            .types
            .iter()
            .skip(1)
            .filter(|id_type| id_type.name != table)
            .map(|id_type| Self::Type(id_type.name.clone()));
        let group = grouped.then_some(Self::Group);
        let is_item = run.types.first().is_some_and(|item| item.name == table);
        let columns = if is_item { run.numeric_columns() } else { Vec::new() };
        let amounts = trusted.then_some(Self::Trust).into_iter().chain(columns.into_iter().map(Self::Column));
        [Self::Nothing, Self::Count].into_iter().chain(group).chain(types).chain(amounts).collect()
    }

    /// What tells most apart with the colours there are: the attribute with the most IDs up to twice the palette's size,
    /// else the one with the fewest, else the count.
    #[must_use]
    pub fn best_of(run: &Run, choices: &[Self]) -> Self {
        let size = |by: &Self| match by {
            Self::Type(name) => {
                run.types.iter().find(|id_type| id_type.name == *name).map(|id_type| id_type.vocabulary.len())
            }
            _ => None,
        };
        let by_type = || choices.iter().filter_map(|by| Some((size(by)?, by))).filter(|(size, _)| *size > 1);
        by_type()
            .filter(|(size, _)| *size <= CATEGORIES * 2)
            .max_by_key(|(size, _)| *size)
            .or_else(|| by_type().min_by_key(|(size, _)| *size))
            .map_or(Self::Count, |(_, by)| by.clone())
    }
}

/// The colour of a class of points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// One of the palette's.
    Category(u8),
    /// Red, green and blue that were picked for it.
    Own([u8; 3]),
    /// That of classes beyond the palette's.
    Other,
    /// That of points without the attribute.
    Missing,
}

impl Paint {
    /// Whether no other class has it, but by chance.
    #[must_use]
    pub fn is_its_own(self) -> bool {
        matches!(self, Self::Category(_) | Self::Own(_))
    }
}

/// One class of points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegendEntry {
    /// The ID; empty for points without the attribute.
    pub id: String,
    /// Its name for people, or "none".
    pub name: String,
    /// Its colour.
    pub paint: Paint,
    /// Points in it.
    pub points: u64,
}

/// The colours of one table.
#[derive(Debug, Clone, PartialEq)]
pub struct Colouring {
    /// What they say.
    pub by: ColourBy,
    /// `[rows]` the class of each point, a place in `legend`; empty where there are no classes.
    pub classes: Vec<u32>,
    /// All classes: those that the palette has a colour for first, then by falling number of points; "none" is last.
    pub legend: Vec<LegendEntry>,
    /// The amounts, where the colours tell of one.
    pub amounts: Option<Amounts>,
    /// Where the colours are taken from.
    pub palettes: Palettes,
}

/// Groups of users, largest first.
#[derive(Debug, Clone, Copy)]
pub struct NamedGroups<'a> {
    /// `[users]` the group of each, from 0.
    pub group_of: &'a [u32],
    /// `[groups]` name and users.
    pub groups: &'a [(String, u64)],
}

/// What is known beside the run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'a> {
    /// Its users by group.
    pub groups: Option<NamedGroups<'a>>,
    /// How far the map can be trusted, and the rows that it was measured of (`None`: all).
    pub trust: Option<(&'a Trust, Option<&'a [u32]>)>,
    /// Where colours are taken from; `None`: where they are unless others are chosen.
    pub palettes: Option<&'a Palettes>,
}

/// Remembers which colour an ID was given, so that it keeps it on every map and in every run of a session.
#[derive(Debug, Clone, Default)]
pub struct ColourMemory(BTreeMap<(String, String), u8>);

impl ColourMemory {
    /// Slots of a palette of `size` colours for at most as many `ids` of type `name`, all different: the remembered ones
    /// first, then what is free in order.
    fn assign(&mut self, name: &str, ids: &[&str], size: usize) -> Vec<u8> {
        let mut free: Vec<u8> = (0..size as u8).collect();
        let mut slots: Vec<Option<u8>> = ids
            .iter()
            .map(|&id| {
                let slot = *self.0.get(&(name.to_owned(), id.to_owned()))?;
                let at = free.iter().position(|&other| other == slot)?;
                Some(free.remove(at))
            })
            .collect();
        let mut free = free.into_iter();
        for (slot, &id) in slots.iter_mut().zip(ids).filter(|(slot, _)| slot.is_none()) {
            *slot = free.next();
            if let Some(slot) = *slot {
                // What it has in a larger palette it keeps there.
                self.0.entry((name.to_owned(), id.to_owned())).or_insert(slot);
            }
        }
        slots.into_iter().flatten().collect()
    }
}

impl Colouring {
    /// The colours of `table` by `by`; one colour for all where `by` says nothing of the table.
    #[must_use]
    pub fn new(run: &Run, table: &TableView<'_>, by: &ColourBy, known: &Known<'_>, memory: &mut ColourMemory) -> Self {
        let rows = table.vocabulary.len();
        let palettes = known.palettes.cloned().unwrap_or_default();
        let plain = Self { by: by.clone(), classes: Vec::new(), legend: Vec::new(), amounts: None, palettes };
        let by_amount = |amounts: Option<Amounts>| Self { amounts, ..plain.clone() };
        match by {
            ColourBy::Nothing => plain,
            ColourBy::Count => by_amount(Some(Amounts::of_counts(table.counts))),
            ColourBy::Trust => by_amount(known.trust.map(|(trust, mapped)| Amounts::of_trust(trust, mapped, rows))),
            ColourBy::Column(name) => by_amount(
                run.numbers_of_items(name).filter(|values| values.len() == rows).map(|values| Amounts::of(&values)),
            ),
            ColourBy::Group => match known.groups.filter(|groups| groups.group_of.len() == rows) {
                Some(groups) => plain.by_group(groups),
                None => plain,
            },
            ColourBy::Type(name) => match run.types.iter().position(|id_type| id_type.name == *name) {
                Some(k) => plain.by_type(run, k, &values_of(run, table, k), memory),
                None => plain,
            },
        }
    }

    /// What IDs' own colours are kept by: the type of the classes.
    #[must_use]
    pub fn own_type(&self) -> &str {
        self.by.name()
    }

    fn paint(&self, id: &str, slot: Option<u8>) -> Paint {
        let own = self.palettes.own(self.own_type(), id).map(Paint::Own);
        own.unwrap_or_else(|| slot.map_or(Paint::Other, Paint::Category))
    }

    /// Groups stand in falling size, so the largest have colours of their own.
    fn by_group(self, groups: NamedGroups<'_>) -> Self {
        let size = self.palettes.categories.size();
        let legend = groups.groups.iter().enumerate().map(|(group, (name, users))| {
            let id = (group + 1).to_string();
            let paint = self.paint(&id, (group < size).then_some(group as u8));
            LegendEntry { id, name: name.clone(), paint, points: *users }
        });
        Self { classes: groups.group_of.to_vec(), legend: legend.collect(), ..self }
    }

    fn by_type(self, run: &Run, k: usize, values: &[u32], memory: &mut ColourMemory) -> Self {
        let id_type = &run.types[k];
        let mut points = vec![0_u64; id_type.vocabulary.len()];
        let mut missing = 0_u64;
        for &value in values {
            match points.get_mut(value as usize) {
                Some(count) => *count += 1,
                None => missing += 1,
            }
        }
        let mut ranked: Vec<u32> = (0..points.len() as u32).filter(|&value| points[value as usize] > 0).collect();
        ranked.sort_by_key(|&value| (std::cmp::Reverse(points[value as usize]), value));
        let size = self.palettes.categories.size();
        let top: Vec<&str> = ranked.iter().take(size).map(|&value| id_type.vocabulary.id(value)).collect();
        let slots = memory.assign(&id_type.name, &top, size);
        let mut class_of = vec![ranked.len() as u32; points.len()];
        let mut legend = Vec::with_capacity(ranked.len() + 1);
        for (class, &value) in ranked.iter().enumerate() {
            class_of[value as usize] = class as u32;
            let id = id_type.vocabulary.id(value);
            let label = id_type.labels.get(value as usize).cloned().flatten();
            legend.push(LegendEntry {
                id: id.to_owned(),
                name: label.unwrap_or_else(|| id.to_owned()),
                paint: self.paint(id, slots.get(class).copied()),
                points: points[value as usize],
            });
        }
        if missing > 0 {
            let (id, name) = (String::new(), "none".to_owned());
            legend.push(LegendEntry { id, name, paint: Paint::Missing, points: missing });
        }
        let none = ranked.len() as u32;
        let classes = values.iter().map(|&value| class_of.get(value as usize).copied().unwrap_or(none)).collect();
        Self { classes, legend, ..self }
    }

    /// The class of row `row`, where there are classes.
    #[must_use]
    pub fn entry(&self, row: u32) -> Option<&LegendEntry> {
        self.legend.get(*self.classes.get(row as usize)? as usize)
    }

    /// The colour of row `row`.
    #[must_use]
    pub fn colour(&self, row: u32, dark: bool) -> Rgba {
        if let Some(amounts) = &self.amounts {
            let share = amounts.shares.get(row as usize).filter(|share| share.is_finite());
            let missing = || self.palettes.colour(Paint::Missing, dark);
            return share.map_or_else(missing, |&share| self.palettes.amount(amounts, share, dark));
        }
        self.entry(row).map_or(Ground::of(dark).accent, |entry| self.palettes.colour(entry.paint, dark))
    }

    /// Classes whose colour they share with all beyond the palette's.
    pub fn others(&self) -> impl Iterator<Item = u32> + '_ {
        (0..).zip(&self.legend).filter(|(_, entry)| entry.paint == Paint::Other).map(|(class, _)| class)
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

    #[test]
    fn an_id_keeps_its_colour_when_others_come_and_go() {
        let mut memory = ColourMemory::default();
        let first = memory.assign("brand", &["a", "b", "c"], CATEGORIES);
        let second = memory.assign("brand", &["d", "c", "a"], CATEGORIES);
        assert_eq!((second[2], second[1]), (first[0], first[2]));
        assert!(!first[..1].contains(&second[0]) && second[0] != first[2]);
    }

    #[test]
    fn colours_on_one_map_are_all_different() {
        let mut memory = ColourMemory::default();
        let many: Vec<String> = (0..40).map(|i| i.to_string()).collect();
        for start in [0, 5, 12, 25] {
            let ids: Vec<&str> = many[start..start + CATEGORIES].iter().map(String::as_str).collect();
            let mut slots = memory.assign("brand", &ids, CATEGORIES);
            slots.sort_unstable();
            assert_eq!(slots, (0..CATEGORIES as u8).collect::<Vec<_>>(), "from {start}");
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
