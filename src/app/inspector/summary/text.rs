//! The summary as lines of text with tabs, exact figures included.

use std::fmt::Write as _;

use crate::engine::NeighborRow;
use crate::engine::jobs::Summary;
use crate::run::{Run, TableView};
use crate::summary::{IdShare, Typicality};

/// The whole summary.
pub fn of_summary(run: &Run, title: &str, summary: &Summary) -> String {
    let Summary { items, nearest } = summary;
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{title}");
    let _ = writeln!(text, "items\t{}\nof\t{}", items.items.len(), run.attributes.item_count());
    let _ = writeln!(text, "events\t{}", items.events);
    if let Some(buyers) = items.buyers {
        let _ = writeln!(text, "users\t{}\nsessions\t{}", buyers.users, buyers.baskets);
    }
    for (name, cosine) in
        [("mean cosine", items.cohesion.mean_cosine), ("of all items", items.cohesion.catalogue_mean_cosine)]
    {
        if let Some(cosine) = cosine {
            let _ = writeln!(text, "{name}\t{cosine}");
        }
    }
    let share_heading = "ID\tname\titems\tshare\tcatalogue items\tcatalogue share\tlift";
    for shares in &items.types {
        let table = run.type_table(shares.type_index);
        let _ = writeln!(text, "\n{}\t{share_heading}", table.name);
        for share in &shares.ids {
            let _ = writeln!(text, "{}\t{}", table.name, share_cells(&table, share));
        }
        if shares.missing > 0 {
            let _ = writeln!(text, "{}\t\tnone\t{}", table.name, shares.missing);
        }
    }
    let _ = writeln!(text, "\nover-represented\t{share_heading}\tp\tp, corrected for {} tests", items.tests);
    for one in &items.over_represented {
        let table = run.type_table(one.type_index);
        let _ =
            writeln!(text, "{}\t{}\t{}\t{}", table.name, share_cells(&table, &one.share), one.p_value, one.adjusted);
    }
    for column in &items.numeric {
        let _ = writeln!(text, "\n{}\tfrom\tto\titems\tcatalogue items", column.column);
        let bars = column.edges.windows(2).zip(column.set.histogram.iter().zip(&column.catalogue.histogram));
        for (ends, (set, catalogue)) in bars {
            let _ = writeln!(text, "{}\t{}\t{}\t{set}\t{catalogue}", column.column, ends[0], ends[1]);
        }
    }
    for (name, found) in [("typical", &items.cohesion.typical), ("atypical", &items.cohesion.atypical)] {
        let _ = writeln!(text, "\n{name}\tname\tcosine");
        for Typicality { item, cosine } in found {
            let table = run.type_table(0);
            let _ = writeln!(text, "{}\t{}\t{cosine}", table.vocabulary.id(*item), table.label(*item).unwrap_or(""));
        }
    }
    for (name, rows) in nearest {
        let _ = writeln!(text, "\nnearest in {name}\tname\tcosine\tevents");
        for NeighborRow { id, label, score, count, .. } in rows {
            let _ = writeln!(text, "{id}\t{}\t{score}\t{count}", label.as_deref().unwrap_or(""));
        }
    }
    text
}

fn share_cells(table: &TableView<'_>, share: &IdShare) -> String {
    format!(
        "{}\t{}\t{}\t{}\t{}\t{}\t{}",
        table.vocabulary.id(share.row),
        table.label(share.row).unwrap_or(""),
        share.items,
        share.share,
        share.catalogue_items,
        share.catalogue_share,
        share.lift()
    )
}
