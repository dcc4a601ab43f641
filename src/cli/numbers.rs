//! Numbers as people write them.

/// A count: exact with separators below 100,000, three figures and a unit above: "66,817", "12.4M".
pub(super) fn count(n: u64) -> String {
    if n < 100_000 {
        let digits = n.to_string();
        return match digits.len() {
            0..=3 => digits,
            length => format!("{},{}", &digits[..length - 3], &digits[length - 3..]),
        };
    }
    scaled(n as f64, 1000.0, &["", "K", "M", "G", "T"])
}

/// A rate or any other figure that need not be whole: "3.21M", "0.5".
pub(super) fn rate(x: f64) -> String {
    if x.is_finite() && x >= 1000.0 { scaled(x, 1000.0, &["", "K", "M", "G", "T"]) } else { three_figures(x) }
}

/// A size: "512 B", "4.06 MB".
pub(super) fn bytes(n: u64) -> String {
    scaled(n as f64, 1000.0, &[" B", " kB", " MB", " GB", " TB"])
}

/// A duration: "35 ms", "3.2 s", "41 s", "2 min 05 s", "1 h 12 min".
pub(super) fn duration(seconds: f64) -> String {
    if !seconds.is_finite() {
        return "unknown".to_owned();
    }
    let whole = seconds.round().max(0.0) as u64;
    match seconds {
        s if s < 0.9995 => format!("{:.0} ms", s.max(0.0) * 1000.0),
        s if s < 9.95 => format!("{s:.1} s"),
        s if s < 59.5 => format!("{whole} s"),
        s if s < 3599.5 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3600, whole % 3600 / 60),
    }
}

/// A share in 0..1 as per cent: "5.41%".
pub(super) fn percent(share: f64) -> String {
    format!("{:.2}%", share * 100.0)
}

/// About three figures, without an exponent where people would write none.
pub(super) fn three_figures(x: f64) -> String {
    let magnitude = x.abs();
    match magnitude {
        0.0 => "0".to_owned(),
        m if m >= 100.0 => format!("{x:.0}"),
        m if m >= 10.0 => format!("{x:.1}"),
        m if m >= 1.0 => format!("{x:.2}"),
        m if m >= 0.001 => format!("{x:.4}"),
        _ => format!("{x:.2e}"),
    }
}

fn scaled(x: f64, base: f64, units: &[&str]) -> String {
    let mut value = x;
    let mut unit = 0;
    // 999.5 would be written 1000.
    while value >= base - 0.5 && unit + 1 < units.len() {
        value /= base;
        unit += 1;
    }
    if unit == 0 {
        return format!("{value:.0}{}", units[0]);
    }
    match value {
        v if v >= 99.95 => format!("{v:.0}{}", units[unit]),
        v if v >= 9.995 => format!("{v:.1}{}", units[unit]),
        v => format!("{v:.2}{}", units[unit]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_exact_while_short() {
        let cases =
            [(0, "0"), (999, "999"), (3_151, "3,151"), (66_817, "66,817"), (620_259, "620K"), (999_700, "1.00M")];
        for (n, text) in cases {
            assert_eq!(count(n), text);
        }
        assert_eq!(count(12_412_000), "12.4M");
        assert_eq!(count(u64::MAX), "18446744T");
    }

    #[test]
    fn durations_use_the_unit_people_would() {
        let cases = [
            (0.0352, "35 ms"),
            (0.9999, "1.0 s"),
            (3.24, "3.2 s"),
            (9.97, "10 s"),
            (41.2, "41 s"),
            (59.8, "1 min 00 s"),
            (125.0, "2 min 05 s"),
            (4_320.0, "1 h 12 min"),
            (f64::INFINITY, "unknown"),
        ];
        for (seconds, text) in cases {
            assert_eq!(duration(seconds), text, "{seconds}");
        }
    }

    #[test]
    fn sizes_and_figures_keep_three_digits() {
        assert_eq!(bytes(512), "512 B");
        assert_eq!(bytes(4_056_344), "4.06 MB");
        assert_eq!(three_figures(0.0872), "0.0872");
        assert_eq!(three_figures(1234.5), "1234");
        assert_eq!(rate(3_214_000.0), "3.21M");
    }
}
