//! Numbers as people write them: 12.4M, 0.087, 41 s. Exact values belong in hover texts and copies.

/// A count with its digits in groups: 66,817.
#[must_use]
pub fn exact(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count: exact while short, three figures and a unit from 100,000 on: 66,817, 620k, 12.4M, 1.25B.
#[must_use]
pub fn short(count: u64) -> String {
    if count < 100_000 { exact(count) } else { scaled(count as f64) }
}

/// An amount with a unit a second: 12.4M, 812, 0.4.
#[must_use]
pub fn rate(value: f64) -> String {
    if !value.is_finite() || value < 0.0 {
        return "-".to_owned();
    }
    if value >= 1_000.0 { scaled(value) } else { figures(value, 3) }
}

fn scaled(value: f64) -> String {
    for (size, suffix) in [(1e9, "B"), (1e6, "M"), (1e3, "k")] {
        // 999,500 rounds to 1000k.
        if value >= size * 0.9995 {
            return format!("{}{suffix}", figures(value / size, 3));
        }
    }
    figures(value, 3)
}

/// `value` in `count` significant figures, trailing zeros kept: 0.0870, 1.25, 41.0.
#[must_use]
pub fn figures(value: f64, count: usize) -> String {
    if !value.is_finite() {
        return "-".to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    let magnitude = |value: f64| value.abs().log10().floor() as i64;
    let decimals = |magnitude: i64| (count as i64 - 1 - magnitude).max(0) as usize;
    if !(-5..9).contains(&magnitude(value)) {
        return format!("{value:.*e}", count.saturating_sub(1));
    }
    let text = format!("{value:.*}", decimals(magnitude(value)));
    // Rounding may reach the next power of ten, which needs a decimal less: 9.996 -> 10.0.
    match text.parse::<f64>() {
        Ok(rounded) if magnitude(rounded) > magnitude(value) => format!("{value:.*}", decimals(magnitude(rounded))),
        _ => text,
    }
}

/// A share of 1 in percent: 12.3%, 5.12%.
#[must_use]
pub fn percent(share: f64) -> String {
    if !share.is_finite() {
        return "-".to_owned();
    }
    let percent = share * 100.0;
    if percent.abs() >= 10.0 || percent == 0.0 { format!("{percent:.1}%") } else { format!("{percent:.2}%") }
}

/// A duration: 35 ms, 3.2 s, 41 s, 2 min 05 s, 1 h 12 min.
#[must_use]
pub fn duration(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return "-".to_owned();
    }
    let whole = seconds.round() as u64;
    match seconds {
        s if s < 0.9995 => format!("{:.0} ms", s * 1000.0),
        s if s < 9.95 => format!("{s:.1} s"),
        s if s < 59.5 => format!("{whole} s"),
        s if s < 3599.5 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3600, whole % 3600 / 60),
    }
}

/// Time left as a clock: 0:41.
#[must_use]
pub fn clock(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return "-:--".to_owned();
    }
    let whole = seconds.ceil() as u64;
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{rest:02}") } else { format!("{minutes}:{rest:02}") }
}

/// A size in bytes: 512 B, 1.4 MB.
#[must_use]
pub fn bytes(bytes: u64) -> String {
    for (size, unit) in [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")] {
        if bytes >= size {
            return format!("{} {unit}", figures(bytes as f64 / size as f64, 3));
        }
    }
    format!("{bytes} B")
}

/// `count` with `noun` in the right number: "1 item", "3,151 items".
#[must_use]
pub fn counted(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{} {}", exact(count), plural(noun)) }
}

/// The plural of an English noun: items, categories.
#[must_use]
pub fn plural(noun: &str) -> String {
    if let Some(stem) = noun.strip_suffix('y')
        && !stem.ends_with(['a', 'e', 'i', 'o', 'u'])
    {
        format!("{stem}ies")
    } else if noun.ends_with(['s', 'x']) || noun.ends_with("ch") || noun.ends_with("sh") {
        format!("{noun}es")
    } else if noun.ends_with(|last: char| last.is_ascii_digit()) {
        // cate-1, level2: a name with a number is no noun to bend.
        noun.to_owned()
    } else {
        format!("{noun}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_read_as_people_write_them() {
        let cases = [
            (0, "0", "0"),
            (999, "999", "999"),
            (9_999, "9,999", "9,999"),
            (66_817, "66,817", "66,817"),
            (100_000, "100k", "100,000"),
            (620_259, "620k", "620,259"),
            (999_499, "999k", "999,499"),
            (999_949, "1.00M", "999,949"),
            (999_999, "1.00M", "999,999"),
            (12_400_000, "12.4M", "12,400,000"),
            (1_250_000_000, "1.25B", "1,250,000,000"),
        ];
        for (count, expected_short, expected_exact) in cases {
            assert_eq!(short(count), expected_short, "{count}");
            assert_eq!(exact(count), expected_exact, "{count}");
        }
    }

    #[test]
    fn figures_are_significant_ones() {
        for (value, expected) in [
            (0.087, "0.0870"),
            (1.0, "1.00"),
            (41.26, "41.3"),
            (9.996, "10.0"),
            (0.0, "0"),
            (-0.5, "-0.500"),
            (123_456.0, "123456"),
        ] {
            assert_eq!(figures(value, 3), expected, "{value}");
        }
        assert_eq!(figures(f64::NAN, 3), "-");
        assert_eq!(figures(1e-9, 3), "1.00e-9");
    }

    #[test]
    fn durations_and_shares() {
        for (seconds, expected) in [
            (0.0352, "35 ms"),
            (0.9999, "1.0 s"),
            (3.24, "3.2 s"),
            (9.97, "10 s"),
            (41.2, "41 s"),
            (59.8, "1 min 00 s"),
            (125.0, "2 min 05 s"),
            (4_320.0, "1 h 12 min"),
            (f64::INFINITY, "-"),
        ] {
            assert_eq!(duration(seconds), expected, "{seconds}");
        }
        assert_eq!(clock(40.2), "0:41");
        assert_eq!(clock(f64::INFINITY), "-:--");
        assert_eq!(percent(0.0512), "5.12%");
        assert_eq!(percent(0.5), "50.0%");
        assert_eq!(bytes(1_400_000), "1.40 MB");
        assert_eq!(rate(12_400_000.0), "12.4M");
        assert_eq!(rate(12.0), "12.0");
    }

    #[test]
    fn nouns_are_counted() {
        assert_eq!(counted(1, "item"), "1 item");
        assert_eq!(counted(3_151, "item"), "3,151 items");
        assert_eq!(counted(22, "category"), "22 categories");
        assert_eq!(plural("cate-1"), "cate-1");
    }
}
