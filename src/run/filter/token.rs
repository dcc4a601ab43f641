//! Words, numbers, texts and signs of a filter.

use std::ops::Range;

use super::parse::FilterError;

/// A piece of a filter.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A bare word: a column, a value, `and`.
    Word(String),
    /// A column's name in brackets.
    Column(String),
    /// A text in quotes.
    Text(String),
    /// `=`, `!=`, `<`, `<=`, `>`, `>=`, `~`, `!~`.
    Sign(&'static str),
    /// `(`.
    Open,
    /// `)`.
    Close,
    /// `,`.
    Comma,
}

const SIGNS: [&str; 9] = ["!=", "!~", "<=", ">=", "==", "=", "<", ">", "~"];

/// The pieces of `text` with the bytes where they stand.
pub(super) fn tokens(text: &str) -> Result<Vec<(Token, Range<usize>)>, FilterError> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(letter) = text[at..].chars().next() {
        if letter.is_whitespace() {
            at += letter.len_utf8();
            continue;
        }
        let start = at;
        let token = match letter {
            '(' => Token::Open,
            ')' => Token::Close,
            ',' => Token::Comma,
            '"' | '\'' => Token::Text(quoted(text, &mut at, letter)?),
            '[' => Token::Column(quoted(text, &mut at, ']')?),
            _ => match SIGNS.into_iter().find(|sign| text[at..].starts_with(sign)) {
                Some(sign) => {
                    at += sign.len() - 1;
                    Token::Sign(if sign == "==" { "=" } else { sign })
                }
                None => {
                    let rest = &text[at..];
                    let end = rest.find(is_border).unwrap_or(rest.len());
                    if end == 0 {
                        let message = format!("{letter:?} has no meaning here");
                        return Err(FilterError { at: at..at + letter.len_utf8(), message });
                    }
                    at += end - 1;
                    Token::Word(rest[..end].to_owned())
                }
            },
        };
        at += 1;
        found.push((token, start..at));
    }
    Ok(found)
}

fn is_border(letter: char) -> bool {
    letter.is_whitespace() || "()[],\"'=!<>~".contains(letter)
}

/// What stands from `at` to `end`, a backslash before a letter means the letter itself. Leaves `at` on the closing sign.
fn quoted(text: &str, at: &mut usize, end: char) -> Result<String, FilterError> {
    let start = *at;
    let mut inside = String::new();
    let mut letters = text[start + 1..].char_indices();
    while let Some((offset, letter)) = letters.next() {
        if letter == end {
            *at = start + 1 + offset;
            return Ok(inside);
        }
        // Regular expressions keep their backslashes.
        if letter == '\\' && letters.clone().next().is_some_and(|(_, next)| next == end) {
            letters.next();
            inside.push(end);
        } else {
            inside.push(letter);
        }
    }
    Err(FilterError { at: start..text.len(), message: format!("this is not closed; put a {end} at its end") })
}
