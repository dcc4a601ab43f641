//! From text to a filter.

use std::ops::Range;

use regex::{Regex, RegexBuilder};

use super::columns::{ColumnKind, FilterColumn};
use super::token::{Token, tokens};

/// What is wrong with a filter, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FilterError {
    /// The bytes of the text at fault.
    pub at: Range<usize>,
    /// What is wrong and what is right.
    pub message: String,
}

/// Which rows of a table are meant.
#[derive(Debug, Clone)]
pub struct Filter {
    pub(super) root: Node,
}

/// Part of a filter.
#[derive(Debug, Clone)]
pub(super) enum Node {
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
    Not(Box<Self>),
    Test(FilterColumn, Test),
}

/// What is asked of a value.
#[derive(Debug, Clone)]
pub(super) enum Test {
    /// One of these texts, in lower case.
    Texts(Vec<String>),
    /// One of these numbers.
    Numbers(Vec<f64>),
    /// On this side of a number.
    Ordered(Order, f64),
    /// A match.
    Matches(Regex),
    /// Whether there is a value.
    Known,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Less,
    AtMost,
    More,
    AtLeast,
}

/// Columns whose name begins as the word at the end of `text` does, where a column may stand; to complete it. The bytes are
/// those to be replaced.
#[must_use]
pub fn suggestions<'a>(text: &str, columns: &'a [FilterColumn]) -> (Range<usize>, Vec<&'a str>) {
    let start = text.rfind(|letter: char| letter.is_whitespace() || letter == '(').map_or(0, |at| at + 1);
    let word = text[start..].to_lowercase();
    let before = tokens(&text[..start]).unwrap_or_default();
    let awaits = match before.last() {
        None => true,
        Some((Token::Open, _)) => before.iter().rev().nth(1).is_none_or(|(token, _)| !is_word(token, "in")),
        Some((token, _)) => ["and", "or", "not"].iter().any(|word| is_word(token, word)),
    };
    let fits = |column: &&FilterColumn| awaits && !word.is_empty() && column.name.to_lowercase().starts_with(&word);
    (start..text.len(), columns.iter().filter(fits).map(|column| column.name.as_str()).collect())
}

/// Whether `text` is meant as a filter rather than as a text to look for: it compares one of `columns`.
#[must_use]
pub fn is_filter(text: &str, columns: &[FilterColumn]) -> bool {
    let Ok(tokens) = tokens(text) else { return text.trim_start().starts_with('[') };
    let compares = |pair: &[(Token, Range<usize>)]| match (&pair[0].0, &pair[1].0) {
        (Token::Column(_), _) => true,
        (Token::Word(name), Token::Sign(_)) => known(columns, name).is_some() || pair[0].1.start == 0,
        (Token::Word(name), next) => known(columns, name).is_some() && (is_word(next, "in") || is_word(next, "is")),
        _ => false,
    };
    tokens.windows(2).any(compares)
}

fn known<'a>(columns: &'a [FilterColumn], name: &str) -> Option<&'a FilterColumn> {
    columns.iter().find(|column| column.name == name).or_else(|| {
        let name = name.to_lowercase();
        columns.iter().find(|column| column.name.to_lowercase() == name)
    })
}

fn is_word(token: &Token, word: &str) -> bool {
    matches!(token, Token::Word(own) if own.eq_ignore_ascii_case(word))
}

impl Filter {
    /// Reads `text`, which may name `columns`.
    ///
    /// # Errors
    /// [`FilterError`] with the place of the first fault.
    pub fn parse(text: &str, columns: &[FilterColumn]) -> Result<Self, FilterError> {
        let mut parser = Parser { tokens: tokens(text)?, next: 0, columns, end: text.len() };
        let root = parser.either()?;
        match parser.peek() {
            None => Ok(Self { root }),
            Some((Token::Close, at)) => {
                Err(FilterError { at, message: "this closes nothing; take it away".to_owned() })
            }
            Some((_, at)) => Err(FilterError { at, message: "put `and` or `or` before this".to_owned() }),
        }
    }
}

struct Parser<'a> {
    tokens: Vec<(Token, Range<usize>)>,
    next: usize,
    columns: &'a [FilterColumn],
    end: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<(Token, Range<usize>)> {
        self.tokens.get(self.next).cloned()
    }

    fn take(&mut self, expected: &str) -> Result<(Token, Range<usize>), FilterError> {
        let token = self.peek().ok_or_else(|| FilterError {
            at: self.end..self.end,
            message: format!("{expected} is missing at the end"),
        })?;
        self.next += 1;
        Ok(token)
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let found = self.tokens.get(self.next).is_some_and(|(token, _)| is_word(token, word));
        self.next += usize::from(found);
        found
    }

    fn either(&mut self) -> Result<Node, FilterError> {
        let mut node = self.both()?;
        while self.takes_word("or") {
            node = Node::Or(Box::new(node), Box::new(self.both()?));
        }
        Ok(node)
    }

    fn both(&mut self) -> Result<Node, FilterError> {
        let mut node = self.single()?;
        while self.takes_word("and") {
            node = Node::And(Box::new(node), Box::new(self.single()?));
        }
        Ok(node)
    }

    fn single(&mut self) -> Result<Node, FilterError> {
        if self.takes_word("not") {
            return Ok(Node::Not(Box::new(self.single()?)));
        }
        if let Some((Token::Open, opened)) = self.peek() {
            self.next += 1;
            let node = self.either()?;
            return match self.peek() {
                Some((Token::Close, _)) => {
                    self.next += 1;
                    Ok(node)
                }
                _ => Err(FilterError { at: opened, message: "this is not closed; put a ) at its end".to_owned() }),
            };
        }
        self.test()
    }

    fn test(&mut self) -> Result<Node, FilterError> {
        let (token, at) = self.take("a column")?;
        let name = match token {
            Token::Word(name) | Token::Column(name) => name,
            _ => return Err(FilterError { at, message: self.name_one("a column must stand here") }),
        };
        let column = known(self.columns, &name)
            .ok_or_else(|| FilterError { at: at.clone(), message: self.name_one(&self.unknown(&name)) })?
            .clone();
        if self.takes_word("in") {
            let test = self.one_of(&column)?;
            return Ok(Node::Test(column, test));
        }
        if self.takes_word("is") {
            let (token, at) = self.take("`missing` or `known`")?;
            let known = Node::Test(column, Test::Known);
            return match token {
                token if is_word(&token, "known") => Ok(known),
                token if is_word(&token, "missing") => Ok(Node::Not(Box::new(known))),
                _ => Err(FilterError { at, message: "write `is missing` or `is known`".to_owned() }),
            };
        }
        let (token, at) = self.take("a comparison such as = or ~")?;
        let Token::Sign(sign) = token else {
            let message = format!("compare {name} by =, !=, <, <=, >, >=, ~, `in (…)` or `is missing`");
            return Err(FilterError { at, message });
        };
        let value = self.value()?;
        self.comparison(column, (sign, at), value)
    }

    fn comparison(
        &self,
        column: FilterColumn,
        (sign, at): (&'static str, Range<usize>),
        (text, value_at): (String, Range<usize>),
    ) -> Result<Node, FilterError> {
        let order = match sign {
            "<" => Some(Order::Less),
            "<=" => Some(Order::AtMost),
            ">" => Some(Order::More),
            ">=" => Some(Order::AtLeast),
            _ => None,
        };
        let message = |message: String| FilterError { at, message };
        let test = match (column.kind, order) {
            (ColumnKind::Number, Some(order)) => Test::Ordered(order, number(&text, value_at)?),
            (ColumnKind::Text, Some(_)) => {
                return Err(message(format!("{} holds texts, which are compared by = or ~", column.name)));
            }
            (ColumnKind::Number, None) if sign.ends_with('~') => {
                return Err(message(format!("{} holds numbers, which are compared by =, < or >", column.name)));
            }
            (ColumnKind::Text, None) if sign.ends_with('~') => {
                let built = RegexBuilder::new(&text).case_insensitive(true).build();
                Test::Matches(built.map_err(|error| FilterError { at: value_at, message: reason(&error) })?)
            }
            _ => equal(&column, vec![(text, value_at)])?,
        };
        let known = || Node::Test(column.clone(), Test::Known);
        let node = Node::Test(column.clone(), test);
        Ok(if sign.starts_with('!') { Node::And(Box::new(known()), Box::new(Node::Not(Box::new(node)))) } else { node })
    }

    fn one_of(&mut self, column: &FilterColumn) -> Result<Test, FilterError> {
        match self.take("(")? {
            (Token::Open, _) => {}
            (_, at) => return Err(FilterError { at, message: "write the values as (one, another)".to_owned() }),
        }
        let mut values = vec![self.value()?];
        loop {
            match self.take(")")? {
                (Token::Close, _) => return equal(column, values),
                (Token::Comma, _) => values.push(self.value()?),
                (_, at) => return Err(FilterError { at, message: "put a comma between two values".to_owned() }),
            }
        }
    }

    fn value(&mut self) -> Result<(String, Range<usize>), FilterError> {
        match self.take("a value")? {
            (Token::Word(text) | Token::Text(text), at) => Ok((text, at)),
            (_, at) => Err(FilterError { at, message: "a value must stand here, in quotes if need be".to_owned() }),
        }
    }

    fn unknown(&self, name: &str) -> String {
        let names = self.columns.iter().map(|column| column.name.as_str());
        let nearest = names.map(|other| (strsim::damerau_levenshtein(name, other), other)).min();
        match nearest.filter(|(distance, _)| *distance <= 2) {
            Some((_, other)) => format!("there is no column {name:?}, do you mean {other:?}?"),
            None => format!("there is no column {name:?}"),
        }
    }

    fn name_one(&self, fault: &str) -> String {
        let names: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
        format!("{fault}; name one of {}", names.join(", "))
    }
}

fn equal(column: &FilterColumn, values: Vec<(String, Range<usize>)>) -> Result<Test, FilterError> {
    Ok(match column.kind {
        ColumnKind::Text => Test::Texts(values.into_iter().map(|(text, _)| text.to_lowercase()).collect()),
        ColumnKind::Number => {
            Test::Numbers(values.into_iter().map(|(text, at)| number(&text, at)).collect::<Result<_, _>>()?)
        }
    })
}

fn number(text: &str, at: Range<usize>) -> Result<f64, FilterError> {
    let message = || format!("{text:?} is no number; write it as 3 or 0.5");
    text.parse().ok().ok_or_else(|| FilterError { at, message: message() })
}

/// The reason that a regular expression does not parse: the last line of a drawing of it.
fn reason(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
    format!("this is no regular expression: {last}")
}
