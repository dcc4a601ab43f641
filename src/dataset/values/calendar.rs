//! Dates and times as people and RFC 3339 write them.

use chrono::NaiveDate;

/// Microseconds since 1970-01-01 UTC of `YYYY-MM-DD[ HH:MM[:SS[.fraction]]][zone]`.
///
/// Date and time are parted by `T`, `t` or a blank; the zone is `Z`, `UTC` or `+HH[[:]MM]`, after a blank or not;
/// without one the time is UTC. `None` for anything else.
pub(super) fn parse_calendar(text: &str) -> Option<i64> {
    let mut rest = Cursor(text.as_bytes());
    let year = rest.digits(4)?;
    rest.byte(b'-')?;
    let month = rest.digits(2)?;
    rest.byte(b'-')?;
    let day = rest.digits(2)?;
    let date =
        NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, u32::try_from(month).ok()?, u32::try_from(day).ok()?)?;
    let days = date.signed_duration_since(NaiveDate::default()).num_days();
    let mut micros = days * 86_400_000_000;
    if rest.0.is_empty() {
        return Some(micros);
    }
    if !matches!(rest.next()?, b'T' | b't' | b' ') {
        return None;
    }
    let hour = rest.digits(2).filter(|&h| h < 24)?;
    rest.byte(b':')?;
    let minute = rest.digits(2).filter(|&m| m < 60)?;
    micros += (hour * 60 + minute) * 60_000_000;
    if rest.byte(b':').is_some() {
        // 60 is a leap second.
        micros += rest.digits(2).filter(|&s| s <= 60)? * 1_000_000;
        if rest.byte(b'.').or_else(|| rest.byte(b',')).is_some() {
            micros += rest.fraction()?;
        }
    }
    Some(micros - rest.zone()? * 60_000_000)
}

struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    fn next(&mut self) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(first)
    }

    /// Takes `byte` if it comes next.
    fn byte(&mut self, byte: u8) -> Option<()> {
        self.0 = self.0.strip_prefix(&[byte])?;
        Some(())
    }

    /// Exactly `count` digits.
    fn digits(&mut self, count: usize) -> Option<i64> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        let mut value = 0;
        for digit in digits {
            if !digit.is_ascii_digit() {
                return None;
            }
            value = value * 10 + i64::from(digit - b'0');
        }
        self.0 = rest;
        Some(value)
    }

    /// Digits after the point as microseconds; further ones are cut off.
    fn fraction(&mut self) -> Option<i64> {
        let length = self.0.iter().take_while(|b| b.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        let mut micros = 0;
        for place in 0..6 {
            micros = micros * 10 + digits.get(place).map_or(0, |d| i64::from(d - b'0'));
        }
        (length > 0).then_some(micros)
    }

    /// Minutes east of UTC; the rest of the text must be a zone or nothing.
    fn zone(&mut self) -> Option<i64> {
        let zone = self.0.trim_ascii_start();
        if zone.is_empty() {
            return self.0.is_empty().then_some(0);
        }
        if zone.eq_ignore_ascii_case(b"z") || zone.eq_ignore_ascii_case(b"utc") {
            return Some(0);
        }
        let mut rest = Cursor(zone);
        let sign = match rest.next()? {
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        let hours = rest.digits(2).filter(|&h| h < 24)?;
        let minutes = if rest.0.is_empty() {
            0
        } else {
            // The colon may be left out.
            let _ = rest.byte(b':');
            rest.digits(2).filter(|&m| m < 60)?
        };
        rest.0.is_empty().then_some(sign * (hours * 60 + minutes))
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn usual_notations_are_read() {
        let second = 1_486_681_362_000_000;
        for (text, expected) in [
            ("2017-02-09", 1_486_598_400_000_000),
            ("2017-02-09 23:02", second - 42_000_000),
            ("2017-02-09 23:02:42", second),
            ("2017-02-09T23:02:42", second),
            ("2017-02-09t23:02:42z", second),
            ("2017-02-09T23:02:42Z", second),
            ("2017-02-09 23:02:42 UTC", second),
            ("2017-02-09 23:02:42+00:00", second),
            ("2017-02-10T01:02:42+02:00", second),
            ("2017-02-09T17:32:42-0530", second),
            ("2017-02-10T00:02:42+01", second),
            ("2017-02-09T23:02:42.5", second + 500_000),
            ("2017-02-09T23:02:42.123456789Z", second + 123_456),
            ("1969-12-31T23:59:59Z", -1_000_000),
        ] {
            assert_eq!(parse_calendar(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn other_text_is_refused() {
        for text in [
            "",
            "2017",
            "2017-2-9",
            "2017-02-30",
            "2017-13-01",
            "2017-02-09 24:00",
            "2017-02-09 23",
            "2017-02-09 23:60",
            "2017-02-09x",
            "2017-02-09 23:02:42 ",
            "2017-02-09 23:02:42.",
            "2017-02-09 23:02:42+25:00",
            "09.02.2017",
            "2/9/2017 8:26",
            "２０１７-02-09",
        ] {
            assert_eq!(parse_calendar(text), None, "{text:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

        #[test]
        fn what_chrono_writes_is_read_back(micros in -62_135_596_800_000_000i64..253_402_300_799_999_999) {
            let time: DateTime<Utc> = DateTime::from_timestamp_micros(micros).unwrap();
            let text = time.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
            prop_assert_eq!(parse_calendar(&text), Some(micros), "{}", text);
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,30}") {
            let _ = parse_calendar(&text);
        }
    }
}
