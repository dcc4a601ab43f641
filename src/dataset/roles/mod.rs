//! Which column plays which role: by the caller's word, else by its name.

use std::path::Path;

use crate::dataset::reader::{Column, Table};
use crate::dataset::{ColumnRole, DataRequest, DatasetError};

/// The names of each role in order of preference, as [`key`] writes them.
const USER: &[&str] = &[
    "userid",
    "user",
    "uid",
    "customerid",
    "customer",
    "clientid",
    "client",
    "householdid",
    "household",
    "visitorid",
    "visitor",
    "memberid",
    "member",
    "accountid",
    "account",
    "shopperid",
    "shopper",
    "buyerid",
    "buyer",
];
const ITEM: &[&str] =
    &["itemid", "item", "skuid", "sku", "articleid", "article", "productid", "product", "stockcode", "goodsid", "asin"];
const TIME: &[&str] = &[
    "timestamp",
    "datetime",
    "eventtime",
    "eventtimestamp",
    "time",
    "date",
    "eventdate",
    "ts",
    "createdat",
    "purchasetime",
    "purchasedate",
    "ordertime",
    "orderdate",
    "invoicedate",
    "transactiontime",
    "transactiondate",
];
const SESSION: &[&str] = &[
    "sessionid",
    "session",
    "basketid",
    "basket",
    "orderid",
    "order",
    "ordernumber",
    "invoiceid",
    "invoice",
    "invoiceno",
    "invoicenumber",
    "transactionid",
    "transaction",
    "visitid",
    "visit",
    "cartid",
    "cart",
    "receiptid",
    "receipt",
];
const WEIGHT: &[&str] = &["weight", "eventweight"];
const LABEL: &[&str] = &[
    "label",
    "name",
    "title",
    "itemname",
    "itemtitle",
    "productname",
    "producttitle",
    "description",
    "itemdescription",
    "productdescription",
];

/// Table names that an attribute may not have: those of the items and of the users.
const RESERVED: &[&str] = &["item", "user"];

/// The columns of the events that are read.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct EventRoles {
    pub user: Option<usize>,
    pub item: Option<usize>,
    pub time: Option<usize>,
    pub session: Option<usize>,
    pub weight: Option<usize>,
}

impl EventRoles {
    /// The role of column `column`.
    pub(super) fn role(&self, column: usize) -> Option<ColumnRole> {
        let roles = [
            (self.user, ColumnRole::User),
            (self.item, ColumnRole::Item),
            (self.time, ColumnRole::Time),
            (self.session, ColumnRole::Session),
            (self.weight, ColumnRole::Weight),
        ];
        roles.into_iter().find(|(c, _)| *c == Some(column)).map(|(_, role)| role)
    }
}

/// The columns of the items.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct ItemRoles {
    pub item: Option<usize>,
    /// Name and column of each attribute, in order.
    pub types: Vec<(String, usize)>,
    pub label: Option<usize>,
}

impl ItemRoles {
    /// The role of column `column`.
    pub(super) fn role(&self, column: usize) -> ColumnRole {
        if self.item == Some(column) {
            ColumnRole::Item
        } else if let Some((name, _)) = self.types.iter().find(|(_, c)| *c == column) {
            ColumnRole::IdType(name.clone())
        } else if self.label == Some(column) {
            ColumnRole::Label
        } else {
            ColumnRole::Descriptive
        }
    }
}

/// Finds the roles of the events' columns. What is amiss is handed to `obstacles`.
pub(super) fn event_roles(table: &Table, request: &DataRequest, obstacles: &mut Vec<DatasetError>) -> EventRoles {
    let mut finder = Finder { table, columns: table.columns(), taken: Vec::new(), obstacles };
    let named = [
        finder.named(request.user_column.as_deref(), "--user-col"),
        finder.named(request.item_column.as_deref(), "--item-col"),
        finder.named(request.time_column.as_deref(), "--time-col"),
        finder.named(request.session_column.as_deref(), "--session-col"),
        finder.named(request.weight_column.as_deref(), "--weight-col"),
    ];
    let [user, item, time, session, weight] = named;
    EventRoles {
        user: user.or_default(|| finder.needed(USER, "user_id", "--user-col")),
        item: item.or_default(|| finder.needed(ITEM, "item_id", "--item-col")),
        time: time.or_default(|| finder.alias(TIME)),
        session: session.or_default(|| finder.alias(SESSION)),
        weight: weight.or_default(|| finder.alias(WEIGHT)),
    }
}

/// Finds the roles of the items' columns; the events' item column is `event_item`.
pub(super) fn item_roles(
    table: &Table,
    request: &DataRequest,
    event_item: Option<&str>,
    obstacles: &mut Vec<DatasetError>,
) -> ItemRoles {
    let mut finder = Finder { table, columns: table.columns(), taken: Vec::new(), obstacles };
    let item = finder.named(request.item_column.as_deref(), "--item-col");
    let label = finder.named(request.label_column.as_deref(), "--label-col");
    let item = item.or_default(|| {
        let same = event_item.and_then(|name| finder.columns.iter().position(|c| c.name == name));
        let same = same.filter(|c| !finder.taken.contains(c));
        finder.taken.extend(same);
        same.or_else(|| finder.needed(ITEM, "item_id", "--item-col"))
    });
    let mut types: Vec<(String, usize)> = Vec::new();
    if request.id_types.is_empty() {
        for (i, column) in finder.columns.iter().enumerate() {
            if ends_in_id(&column.name) && !finder.taken.contains(&i) {
                types.push((type_name(&column.name, &types), i));
            }
        }
    } else {
        for (name, column) in &request.id_types {
            // An attribute may share its column with the label, so the column is not taken.
            let Some(i) = finder.find(column) else {
                finder.unknown(column, "--id-type");
                continue;
            };
            if name == "item" && Some(i) == item {
                continue;
            }
            match type_name_fault(name, &types) {
                None => types.push((name.clone(), i)),
                Some(fault) => finder.obstacles.push(DatasetError::Settings(fault)),
            }
        }
    }
    finder.taken.extend(types.iter().map(|(_, c)| c));
    let label = label.or_default(|| finder.alias(LABEL));
    ItemRoles { item, types, label }
}

/// What the caller said of a role.
#[derive(Clone, Copy)]
enum Named {
    Column(usize),
    /// Named, but it is not there; that is told already.
    Unknown,
    Unsaid,
}

impl Named {
    fn or_default(self, default: impl FnOnce() -> Option<usize>) -> Option<usize> {
        match self {
            Self::Column(column) => Some(column),
            Self::Unknown => None,
            Self::Unsaid => default(),
        }
    }
}

struct Finder<'a> {
    table: &'a Table,
    columns: &'a [Column],
    taken: Vec<usize>,
    obstacles: &'a mut Vec<DatasetError>,
}

impl Finder<'_> {
    /// The column `name`: as written, else the only one that differs in case alone.
    fn find(&self, name: &str) -> Option<usize> {
        let exact = self.columns.iter().position(|c| c.name == name);
        exact.or_else(|| {
            let mut alike =
                self.columns.iter().enumerate().filter(|(_, c)| c.name.to_lowercase() == name.to_lowercase());
            alike.next().filter(|_| alike.next().is_none()).map(|(i, _)| i)
        })
    }

    fn named(&mut self, name: Option<&str>, flag: &str) -> Named {
        let Some(name) = name else { return Named::Unsaid };
        let Some(column) = self.find(name) else {
            self.unknown(name, flag);
            return Named::Unknown;
        };
        if self.taken.contains(&column) {
            let message = format!("The column {name:?} is given two roles, the second by {flag}; name another column");
            self.obstacles.push(DatasetError::Settings(message));
            return Named::Unknown;
        }
        self.taken.push(column);
        Named::Column(column)
    }

    fn alias(&mut self, aliases: &[&str]) -> Option<usize> {
        let free = |alias: &&str| {
            let mut columns = self.columns.iter().enumerate();
            columns.find(|(i, c)| !self.taken.contains(i) && key(&c.name) == **alias).map(|(i, _)| i)
        };
        let column = aliases.iter().find_map(free)?;
        self.taken.push(column);
        Some(column)
    }

    fn needed(&mut self, aliases: &[&str], wanted: &str, flag: &str) -> Option<usize> {
        let found = self.alias(aliases);
        if found.is_none() {
            let names = self.columns.iter().enumerate().filter(|(i, _)| !self.taken.contains(i)).map(|(_, c)| &c.name);
            let nearest = nearest(wanted, names.map(String::as_str));
            let guess = nearest.map_or_else(String::new, |name| format!(", perhaps {name:?}"));
            self.obstacles.push(DatasetError::UnknownColumn {
                wanted: wanted.to_owned(),
                flag: format!(" or the like; name it with {flag}{guess}"),
                available: in_words(self.columns),
                path: self.table.first_path().to_owned(),
            });
        }
        found
    }

    fn unknown(&mut self, name: &str, flag: &str) {
        let nearest = nearest(name, self.columns.iter().map(|c| c.name.as_str()));
        let guess = nearest.map_or_else(String::new, |nearest| format!("; did you mean {nearest:?}?"));
        self.obstacles.push(DatasetError::UnknownColumn {
            wanted: name.to_owned(),
            flag: format!(" ({flag}){guess}"),
            available: in_words(self.columns),
            path: self.table.first_path().to_owned(),
        });
    }
}

/// Whether a column's name is more than `_id` and ends so.
fn ends_in_id(name: &str) -> bool {
    let ending = "_id".as_bytes();
    let stem = name.len().saturating_sub(ending.len());
    stem > 0 && name.as_bytes()[stem..].eq_ignore_ascii_case(ending)
}

/// Every file of a table must have the columns that play a role.
pub(super) fn require_in_every_file(table: &Table, columns: &[Option<usize>]) -> Result<(), DatasetError> {
    for column in columns.iter().flatten() {
        let name = &table.columns()[*column].name;
        if let Some((path, own)) = table.file_without(name) {
            return Err(DatasetError::UnknownColumn {
                wanted: name.clone(),
                flag: " in this file, as in the others of the table".to_owned(),
                available: in_words(own),
                path: Path::to_owned(path),
            });
        }
    }
    Ok(())
}

/// A column's name as aliases are compared: letters and digits only, in lower case.
fn key(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    const ALIKE: f64 = 0.75;
    let scored = names.map(|name| (strsim::jaro_winkler(&key(wanted), &key(name)), name));
    scored.filter(|(score, _)| *score >= ALIKE).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name)
}

fn in_words(columns: &[Column]) -> String {
    const MOST: usize = 30;
    let mut names: Vec<String> = columns.iter().take(MOST).map(|c| format!("{:?}", c.name)).collect();
    if columns.len() > MOST {
        names.push(format!("and {} more", columns.len() - MOST));
    }
    names.join(", ")
}

/// `store_id` -> `store`. Type names become file names and table names, so odd characters and taken names are changed.
fn type_name(column: &str, taken: &[(String, usize)]) -> String {
    let clean = |text: &str| -> String {
        let allowed = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ');
        let text: String = text.chars().map(|c| if allowed(c) { c } else { '_' }).collect();
        text.trim_matches(['.', ' ']).to_owned()
    };
    let stem = clean(&column[..column.len() - "_id".len()]);
    let mut candidates = [stem, clean(column)].into_iter();
    let free = |name: &String| type_name_fault(name, taken).is_none();
    candidates.find(free).unwrap_or_else(|| {
        let mut number = 2;
        loop {
            let name = format!("{}{number}", clean(column));
            if free(&name) {
                return name;
            }
            number += 1;
        }
    })
}

/// Why an attribute cannot have this name.
fn type_name_fault(name: &str, taken: &[(String, usize)]) -> Option<String> {
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ');
    if name.is_empty() || !name.chars().all(allowed) || name != name.trim_matches(['.', ' ']) {
        return Some(format!("{name:?} cannot name an ID type (--id-type); use letters, digits, '_' and '-'"));
    }
    if RESERVED.contains(&name.to_lowercase().as_str()) {
        return Some(format!(
            "The name {name:?} is kept for the items and users; give the ID type (--id-type) another"
        ));
    }
    // Names become file names, and some file systems ignore case.
    let repeated = taken.iter().any(|(known, _)| known.to_lowercase() == name.to_lowercase());
    repeated.then(|| format!("Two ID types are named {name:?} (--id-type); give one of them another name"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_names_are_fit_for_files_and_tables() {
        let taken = vec![("store".to_owned(), 0)];
        for (column, expected) in [
            ("brand_id", "brand"),
            ("cate_level1_id", "cate_level1"),
            ("STORE_ID", "STORE_ID"),
            ("item_id", "item_id"),
            ("user_id", "user_id"),
            ("a/b_id", "a_b"),
            ("..\\x_id", "_x"),
        ] {
            assert_eq!(type_name(column, &taken), expected, "{column}");
        }
    }

    #[test]
    fn the_nearest_name_is_offered_only_if_it_is_near() {
        assert_eq!(nearest("user_id", ["usr_id", "price"].into_iter()), Some("usr_id"));
        assert_eq!(nearest("user_id", ["zzz", "price"].into_iter()), None);
    }
}
