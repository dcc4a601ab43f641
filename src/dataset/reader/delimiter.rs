//! Which byte separates the fields of a text table.

use super::delimited_record::{Record, Records};

/// In order of preference where two fit equally well.
const CANDIDATES: [u8; 4] = *b",\t;|";
const ROWS: usize = 20;

/// The delimiter of a table that begins with `head` (which may end within a row).
///
/// It is the one that cuts the header into most fields among those that cut most of the first rows alike.
pub(super) fn detect(head: &[u8]) -> u8 {
    let mut best = (0.0, CANDIDATES[0]);
    for candidate in CANDIDATES {
        let score = score(head, candidate);
        if score > best.0 {
            best = (score, candidate);
        }
    }
    best.1
}

/// Number of header fields times the share of rows with as many, 0 where the header is not cut.
fn score(head: &[u8], delimiter: u8) -> f64 {
    let mut records = Records::new(delimiter, 1);
    let mut record = Record::default();
    let mut widths = Vec::new();
    while widths.len() < ROWS && records.read(head, &mut record) {
        widths.push(record.len());
    }
    let Some((&header, rows)) = widths.split_first() else { return 0.0 };
    if header < 2 {
        return 0.0;
    }
    // The head may break off within its last row; a table of few rows is all there.
    let rows = if rows.len() + 1 < ROWS && rows.len() > 1 { &rows[..rows.len() - 1] } else { rows };
    let alike = rows.iter().filter(|&&width| width == header).count();
    let share = if rows.is_empty() { 1.0 } else { alike as f64 / rows.len() as f64 };
    // A delimiter that cuts the header but no row still beats none.
    header as f64 * share.max(0.01)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_found_from_header_and_rows() {
        for (text, expected) in [
            ("user_id,item_id\n1,2\n", b','),
            ("user_id;item_id\n1,5;2\n", b';'),
            ("user_id\titem_id\ttime\na b\tc, d\t3\n", b'\t'),
            ("user_id|item_id\n1|2\n", b'|'),
            ("\"name; title\",item_id\n\"a;b\",2\n\"c;d\",3\n", b','),
            ("one\n1\n", b','),
            ("a;b;c\n1,0;2,0;3,0\n1,0;2,0;3,0\n", b';'),
        ] {
            assert_eq!(char::from(detect(text.as_bytes())), char::from(expected), "{text:?}");
        }
    }
}
