//! The comparison as lines of text with tabs, exact figures included.

use std::fmt::Write as _;

use super::together::in_words;
use crate::engine::jobs::Explanation;
use crate::run::Run;

/// All that is known of two IDs beside each other.
pub fn of_explanation(run: &Run, explanation: &Explanation) -> String {
    let [a, b] = &explanation.pair;
    let label = |label: &Option<String>| label.clone().unwrap_or_default();
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(text, "\tA\tB\nID\t{}\t{}\nname\t{}\t{}", a.id, b.id, label(&a.label), label(&b.label));
    let _ = writeln!(text, "events\t{}\t{}\ncosine\t{}", a.count, b.count, explanation.cosine);
    let [(forth, of), (back, from)] = explanation.ranks;
    let _ = writeln!(text, "B among those near A\t{forth}\t{of}\nA among those near B\t{back}\t{from}");
    for pair in &explanation.attributes {
        let [a, b] = [0, 1].map(|side: usize| pair.values[side].as_ref().map_or("", |(value, _)| value));
        let _ = writeln!(text, "{}\t{a}\t{b}", pair.name);
    }
    if let Some(scores) = &explanation.scores {
        let _ = writeln!(text, "\nscore\tA as centre\tB as centre");
        for (k, own) in run.types.iter().enumerate() {
            let part = |side: usize| scores[side].parts[k].map(|part| part.to_string()).unwrap_or_default();
            let _ = writeln!(text, "{}\t{}\t{}", own.name, part(0), part(1));
        }
        let _ = writeln!(text, "sum\t{}\t{}", scores[0].total(), scores[1].total());
    }
    if let Ok(together) = &explanation.together {
        let unit = together.unit.word();
        let _ = writeln!(text, "\n{unit} with both\t{}\nof\t{}", together.both, together.baskets);
        let _ = writeln!(text, "with A\t{}\nwith B\t{}", together.with[0], together.with[1]);
        let _ = writeln!(text, "chance gives\t{}\np\t{}", together.expected, together.p_value);
        let _ = writeln!(text, "\nuser\ttime (UTC)");
        for one in &together.listed {
            let time = one.time.map(in_words).unwrap_or_default();
            let _ = writeln!(text, "{}\t{time}", run.users.vocabulary.id(one.user));
        }
    }
    text
}
