//! A text stream cut into blocks of whole records, which threads can then take apart side by side.

use std::io::{self, Read};

use super::bytes::{count_lines, find, find_last_line_end};
use super::source::FileSource;
use crate::dataset::DatasetError;

/// A record may not be longer: an unclosed quote would swallow the rest of the file.
const MAX_RECORD_BYTES: usize = 64 << 20;

/// Where many fields are quoted the next quote is near.
const NEAR: usize = 8;

/// Some whole records of a file.
#[derive(Debug)]
pub(super) struct Block {
    pub text: Vec<u8>,
    /// The line the block begins on; the first line of the file is 1.
    pub first_line: u64,
}

/// Cuts a stream into blocks. Where a block ends depends on the bytes alone, never on how they arrive.
pub(super) struct Blocks<R> {
    input: R,
    /// The delimiter of fields that may be quoted; without one a line end always ends the record.
    delimiter: Option<u8>,
    /// Blocks are about as long as this.
    target: usize,
    /// The begin of the next block.
    rest: Vec<u8>,
    line: u64,
    finished: bool,
}

impl<R: Read> Blocks<R> {
    /// Reads from `input`, which must not begin with a byte order mark.
    pub(super) fn new(input: R, delimiter: Option<u8>, target: usize) -> Self {
        Self { input, delimiter, target, rest: Vec::new(), line: 1, finished: false }
    }

    /// The error to show for `error`, which reading the next block of `source` gave.
    pub(super) fn read_error(&self, source: &FileSource, error: &io::Error) -> DatasetError {
        // The line being read is not there as a whole.
        source.read_error(error, Some(self.line - 1).filter(|&line| line > 0))
    }

    /// The next block; `None` at the end of the file.
    ///
    /// # Errors
    /// What the stream reports, and `InvalidData` for a record of more than 64 MiB.
    pub(super) fn next_block(&mut self) -> io::Result<Option<Block>> {
        let mut text = std::mem::take(&mut self.rest);
        let mut ends = RecordEnds { delimiter: self.delimiter, at: 0, in_quotes: false, last: 0 };
        let end = loop {
            if let Err(error) = self.fill(&mut text) {
                self.finished = true;
                self.line += count_lines(&text);
                return Err(error);
            }
            if self.finished && text.len() <= MAX_RECORD_BYTES {
                break text.len();
            }
            ends.advance(&text);
            if ends.last > 0 {
                break ends.last;
            }
            if text.len() > MAX_RECORD_BYTES {
                let message = format!(
                    "the row that starts on line {} is longer than 64 MiB; a quote may not be closed",
                    self.line
                );
                return Err(io::Error::new(io::ErrorKind::InvalidData, message));
            }
        };
        if text.is_empty() {
            return Ok(None);
        }
        self.rest = text.split_off(end);
        let first_line = self.line;
        self.line += count_lines(&text);
        Ok(Some(Block { text, first_line }))
    }

    /// Adds up to a block's length to `text`; less only at the end of the stream.
    fn fill(&mut self, text: &mut Vec<u8>) -> io::Result<()> {
        // The begin that was left over counts, unless the record is longer than a block.
        let wanted = if text.len() < self.target { self.target - text.len() } else { text.len() };
        text.reserve(wanted);
        let read = self.input.by_ref().take(wanted as u64).read_to_end(text)?;
        self.finished |= read < wanted;
        Ok(())
    }
}

/// Finds where records end, going on where more bytes come.
struct RecordEnds {
    delimiter: Option<u8>,
    /// Bytes looked at.
    at: usize,
    in_quotes: bool,
    /// Where the last whole record ends; 0 while there is none.
    last: usize,
}

impl RecordEnds {
    fn advance(&mut self, text: &[u8]) {
        let Some(delimiter) = self.delimiter else {
            self.note_line_end(text, text.len());
            return;
        };
        loop {
            if self.in_quotes {
                // Quoted fields are short: looking at each byte is quicker than at many at once.
                let Some(quote) = text[self.at..].iter().position(|&b| b == b'"') else {
                    self.at = text.len();
                    return;
                };
                let quote = self.at + quote;
                match text.get(quote + 1) {
                    // Whether it closes or is doubled the next byte will tell.
                    None => {
                        self.at = quote;
                        return;
                    }
                    Some(b'"') => self.at = quote + 2,
                    Some(_) => {
                        self.in_quotes = false;
                        self.at = quote + 1;
                    }
                }
                continue;
            }
            let near = text[self.at..].iter().take(NEAR).position(|&b| b == b'"');
            let far = || find(text.get(self.at + NEAR..)?, b'"').map(|offset| offset + NEAR);
            let Some(quote) = near.or_else(far).map(|offset| self.at + offset) else {
                return self.note_line_end(text, text.len());
            };
            self.note_line_end(text, quote);
            let before = quote.checked_sub(1).map(|place| text[place]);
            // Elsewhere a quote is a character like any other.
            self.in_quotes = before.is_none_or(|b| b == delimiter || b == b'\n' || b == b'\r');
            self.at = quote + 1;
        }
    }

    /// Looks at the bytes up to `end`, none of which is within quotes.
    fn note_line_end(&mut self, text: &[u8], end: usize) {
        if let Some(last) = find_last_line_end(text, self.at..end) {
            self.last = last;
        }
        self.at = end;
    }
}
