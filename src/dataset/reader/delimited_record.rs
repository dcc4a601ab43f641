//! Records of delimited text (RFC 4180 and what people make of it), each with the line it starts on.

use std::io::{self, Read};

/// A record may not be longer: an unclosed quote would swallow the rest of the file.
const MAX_RECORD_BYTES: usize = 64 << 20;
const BUFFER_BYTES: usize = 256 << 10;

/// One record; kept and refilled so that reading allocates nothing.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// The line its first byte is on; the first line of the file is 1.
    pub line: u64,
    /// The line of a quote that is never closed.
    pub unclosed_quote: Option<u64>,
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Record {
    /// Number of fields.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Field `index` with its quotes taken off, if there are so many.
    pub(super) fn field(&self, index: usize) -> Option<&[u8]> {
        let end = *self.ends.get(index)?;
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        Some(&self.text[start..end])
    }

    /// All fields.
    pub(super) fn fields(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).filter_map(|i| self.field(i))
    }

    fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
        self.unclosed_quote = None;
    }

    fn end_field(&mut self) {
        self.ends.push(self.text.len());
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    StartOfRecord,
    StartOfField,
    InField,
    InQuotes,
    /// A quote was read inside quotes: it is the closing one, or the first of a doubled pair.
    AfterQuote,
}

/// Splits a stream into records. Fields are quoted with `"`; rows end with LF, CRLF or CR; blank lines are skipped.
pub(super) struct RecordReader<R> {
    input: R,
    buffer: Vec<u8>,
    position: usize,
    filled: usize,
    delimiter: u8,
    line: u64,
    /// The last byte was a CR that ended a row: an LF belongs to it.
    after_carriage_return: bool,
    finished: bool,
}

impl<R: Read> RecordReader<R> {
    /// Reads from `input`, which must not begin with a byte order mark.
    pub(super) fn new(input: R, delimiter: u8) -> Self {
        Self {
            input,
            buffer: vec![0; BUFFER_BYTES],
            position: 0,
            filled: 0,
            delimiter,
            line: 1,
            after_carriage_return: false,
            finished: false,
        }
    }

    /// The line being read.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Reads the next record into `record`; false at the end of the file.
    ///
    /// # Errors
    /// What `input` reports, and `InvalidData` for a record of more than 64 MiB.
    pub(super) fn read(&mut self, record: &mut Record) -> io::Result<bool> {
        record.clear();
        let mut state = State::StartOfRecord;
        let mut quote_line = 0;
        loop {
            if self.position == self.filled && !self.refill()? {
                return Ok(self.end_of_input(state, quote_line, record));
            }
            match state {
                State::StartOfRecord => {
                    let byte = self.buffer[self.position];
                    if byte == b'\n' && self.after_carriage_return {
                        self.position += 1;
                        self.after_carriage_return = false;
                    } else if byte == b'\n' || byte == b'\r' {
                        self.end_line(byte);
                    } else {
                        self.after_carriage_return = false;
                        record.line = self.line;
                        state = State::StartOfField;
                    }
                }
                State::StartOfField if self.buffer[self.position] == b'"' => {
                    self.position += 1;
                    quote_line = self.line;
                    state = State::InQuotes;
                }
                State::StartOfField | State::InField => {
                    state = self.plain_run(record);
                    if state == State::StartOfRecord {
                        return Ok(true);
                    }
                }
                State::InQuotes => state = self.quoted_run(record),
                State::AfterQuote => {
                    if self.buffer[self.position] == b'"' {
                        record.text.push(b'"');
                        self.position += 1;
                        state = State::InQuotes;
                    } else {
                        state = State::InField;
                    }
                }
            }
            if record.text.len() > MAX_RECORD_BYTES {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!(
                        "the row that starts on line {} is longer than 64 MiB; a quote may not be closed",
                        record.line
                    ),
                ));
            }
        }
    }

    /// Copies up to the end of an unquoted field.
    fn plain_run(&mut self, record: &mut Record) -> State {
        let delimiter = self.delimiter;
        let rest = &self.buffer[self.position..self.filled];
        let Some(length) = rest.iter().position(|&b| b == delimiter || b == b'\n' || b == b'\r') else {
            record.text.extend_from_slice(rest);
            self.position = self.filled;
            return State::InField;
        };
        record.text.extend_from_slice(&rest[..length]);
        record.end_field();
        self.position += length;
        let byte = self.buffer[self.position];
        if byte == delimiter {
            self.position += 1;
            return State::StartOfField;
        }
        self.end_line(byte);
        State::StartOfRecord
    }

    /// Copies up to the next quote.
    fn quoted_run(&mut self, record: &mut Record) -> State {
        let rest = &self.buffer[self.position..self.filled];
        let length = rest.iter().position(|&b| b == b'"');
        let run = &rest[..length.unwrap_or(rest.len())];
        for (i, &byte) in run.iter().enumerate() {
            // A CR counts unless an LF follows, which then counts; at the end of the buffer the LF is still unknown.
            let crlf = byte == b'\r' && run.get(i + 1) == Some(&b'\n');
            let lf_of_cr = byte == b'\n' && i == 0 && self.after_carriage_return;
            if (byte == b'\n' && !lf_of_cr) || (byte == b'\r' && !crlf) {
                self.line += 1;
            }
        }
        if let Some(&last) = run.last() {
            self.after_carriage_return = last == b'\r' && length.is_none();
        }
        record.text.extend_from_slice(run);
        self.position += run.len();
        if length.is_none() {
            return State::InQuotes;
        }
        self.after_carriage_return = false;
        self.position += 1;
        State::AfterQuote
    }

    fn end_line(&mut self, byte: u8) {
        self.position += 1;
        self.line += 1;
        self.after_carriage_return = byte == b'\r';
    }

    fn refill(&mut self) -> io::Result<bool> {
        if self.finished {
            return Ok(false);
        }
        self.position = 0;
        self.filled = 0;
        loop {
            match self.input.read(&mut self.buffer) {
                Ok(0) => {
                    self.finished = true;
                    return Ok(false);
                }
                Ok(read) => {
                    self.filled = read;
                    return Ok(true);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.finished = true;
                    return Err(error);
                }
            }
        }
    }

    /// The last record need not end with a line end.
    fn end_of_input(&self, state: State, quote_line: u64, record: &mut Record) -> bool {
        if state == State::StartOfRecord {
            return false;
        }
        if state == State::InQuotes {
            record.unclosed_quote = Some(quote_line);
        }
        record.end_field();
        true
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn records(text: &str, delimiter: u8) -> Vec<(u64, Vec<String>)> {
        let mut reader = RecordReader::new(text.as_bytes(), delimiter);
        let mut record = Record::default();
        let mut all = Vec::new();
        while reader.read(&mut record).unwrap() {
            all.push((record.line, record.fields().map(|f| String::from_utf8_lossy(f).into_owned()).collect()));
        }
        all
    }

    fn lines(text: &str) -> Vec<u64> {
        records(text, b',').into_iter().map(|(line, _)| line).collect()
    }

    #[test]
    fn every_record_knows_the_line_it_starts_on() {
        assert_eq!(lines("a,b\n1,2\n\n\n3,4\n"), [1, 2, 5], "blank lines count");
        assert_eq!(lines("a,b\r\n1,2\r\n\r\n3,4"), [1, 2, 4], "CRLF");
        assert_eq!(lines("a,b\r1,2\r3,4\r"), [1, 2, 3], "CR");
        assert_eq!(lines("a,b\n\"x\ny\r\nz\",2\n3,4\n"), [1, 2, 5], "line ends inside quotes");
    }

    #[test]
    fn a_quote_that_is_never_closed_is_reported_with_its_line() {
        let mut reader = RecordReader::new("a,b\n1,2\n3,\"4\n5,6\n".as_bytes(), b',');
        let mut record = Record::default();
        while reader.read(&mut record).unwrap() {}
        let mut reader = RecordReader::new("a,b\n1,2\n3,\"4\n5,6\n".as_bytes(), b',');
        for _ in 0..3 {
            assert!(reader.read(&mut record).unwrap());
        }
        assert_eq!(record.unclosed_quote, Some(3));
    }

    /// Hands out one byte at a time, so that every state meets the end of the buffer.
    struct Trickle<'a>(&'a [u8]);

    impl Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Some((&first, rest)) = self.0.split_first() else { return Ok(0) };
            buffer[0] = first;
            self.0 = rest;
            Ok(1)
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

        #[test]
        fn fields_are_those_of_the_csv_crate(text in "[ab,;\"\r\n]{0,40}") {
            let expected: Vec<Vec<String>> = csv::ReaderBuilder::new().has_headers(false).flexible(true)
                .from_reader(text.as_bytes()).records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect();
            let found: Vec<Vec<String>> = records(&text, b',').into_iter().map(|(_, fields)| fields).collect();
            prop_assert_eq!(&found, &expected, "{:?}", text);
        }

        #[test]
        fn lines_do_not_depend_on_where_the_buffer_ends(text in "[a,\"\r\n]{0,30}") {
            let whole = records(&text, b',');
            let mut reader = RecordReader::new(Trickle(text.as_bytes()), b',');
            let mut record = Record::default();
            let mut trickled = Vec::new();
            while reader.read(&mut record).unwrap() {
                trickled.push((record.line, record.fields().map(|f| String::from_utf8_lossy(f).into_owned()).collect()));
            }
            prop_assert_eq!(trickled, whole, "{:?}", text);
        }
    }
}
