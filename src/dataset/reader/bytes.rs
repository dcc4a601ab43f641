//! Bytes looked for in text, many at a time.

use std::ops::Range;

/// Bytes that are compared at once; the compiler makes one or two vector comparisons of them.
const LANES: usize = 32;

/// Where `byte` is first in `text`.
pub(super) fn find(text: &[u8], byte: u8) -> Option<usize> {
    let mut start = 0;
    for lanes in text.chunks_exact(LANES) {
        if lanes.iter().fold(false, |any, &b| any | (b == byte)) {
            break;
        }
        start += LANES;
    }
    text[start..].iter().position(|&b| b == byte).map(|offset| start + offset)
}

/// Number of lines that end in `text`: at an LF, or at a CR that no LF follows.
pub(super) fn count_lines(text: &[u8]) -> u64 {
    let line_feeds = count(text, b'\n');
    if find(text, b'\r').is_none() {
        return line_feeds;
    }
    let pairs = text.windows(2).filter(|pair| *pair == b"\r\n").count() as u64;
    line_feeds + count(text, b'\r') - pairs
}

fn count(text: &[u8], byte: u8) -> u64 {
    // Sums of single bytes keep all lanes busy, and 255 of them cannot overflow.
    text.chunks(255).map(|part| u64::from(part.iter().fold(0_u8, |sum, &b| sum + u8::from(b == byte)))).sum()
}

/// Where the last line within `range` of `text` ends that is known to end: after an LF, or after a CR that another
/// byte than LF follows.
pub(super) fn find_last_line_end(text: &[u8], range: Range<usize>) -> Option<usize> {
    let ends = |&at: &usize| match text[at] {
        b'\n' => true,
        b'\r' => text.get(at + 1).is_some_and(|&next| next != b'\n'),
        _ => false,
    };
    range.rev().find(ends).map(|at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_found_wherever_they_stand() {
        for at in 0..100 {
            let mut text = vec![b'a'; 100];
            text[at] = b'"';
            assert_eq!(find(&text, b'"'), Some(at));
        }
        assert_eq!(find(&[b'a'; 100], b'"'), None);
    }

    #[test]
    fn lines_end_at_lf_crlf_and_cr() {
        let many = "x\n".repeat(1000);
        for (text, lines) in [("", 0), ("a", 0), ("a\n", 1), ("a\r\n\r\nb", 2), ("a\rb\r", 2), (many.as_str(), 1000)] {
            assert_eq!(count_lines(text.as_bytes()), lines, "{text:?}");
        }
    }

    #[test]
    fn the_last_line_end_is_one_that_is_known() {
        for (text, end) in [("a\nb", Some(2)), ("a\r\nb", Some(3)), ("a\rb", Some(2)), ("a\r", None), ("ab", None)] {
            assert_eq!(find_last_line_end(text.as_bytes(), 0..text.len()), end, "{text:?}");
        }
    }
}
