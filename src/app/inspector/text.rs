//! What is on show as lines of text with tabs, exact figures included.

use std::fmt::Write as _;

use super::METRICS;
use crate::engine::Inspection;

/// What is known of an ID.
pub fn of_inspection(answer: &Inspection) -> String {
    let mut text =
        format!("{}\t{}\t{}\n", answer.request.subject.table, answer.id, answer.label.as_deref().unwrap_or(""));
    // Writing to a string cannot fail.
    let _ = writeln!(text, "events\t{}", answer.count);
    for (name, value, _) in &answer.attributes {
        let _ = writeln!(text, "{name}\t{value}");
    }
    let metric = METRICS.iter().find(|(metric, _)| *metric == answer.request.metric).map_or("", |(_, name)| name);
    let _ = writeln!(text, "\nnear in {}\tlabel\t{metric}\tevents", answer.request.neighbors_in);
    for neighbor in &answer.neighbors {
        let label = neighbor.label.as_deref().unwrap_or("");
        let _ = writeln!(text, "{}\t{label}\t{}\t{}", neighbor.id, neighbor.score, neighbor.count);
    }
    if !answer.items.is_empty() {
        let _ = writeln!(text, "\nitems ({})\tlabel\tevents", answer.item_total);
        for item in &answer.items {
            let _ = writeln!(text, "{}\t{}\t{}", item.id, item.label.as_deref().unwrap_or(""), item.count);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::tests::answer;
    use super::*;

    #[test]
    fn the_copied_text_has_every_figure() {
        let text = of_inspection(&answer("item", 2));
        for part in ["item\tx", "events\t3", "brand\t69", "n4\tOat\t0.5\t7"] {
            assert!(text.contains(part), "{part:?} is missing in {text:?}");
        }
    }
}
