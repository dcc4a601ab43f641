//! What came of a map: how good it is, and how it goes on.

use eframe::egui::{RichText, Ui};

use super::method_name;
use crate::app::controls::{fact, section};
use crate::app::map::{ColourBy, MapView};
use crate::engine::ProjectionResult;
use crate::numbers;
use crate::projection::Method;

/// How the map came about and how good it is, in a line.
pub fn summary(result: &ProjectionResult) -> String {
    let settings = &result.request.settings;
    let rows = result.coordinates.nrows() as u64;
    let points = match &settings.rows {
        Some(_) => format!("{} selected {}", numbers::exact(rows), numbers::plural(&result.request.table)),
        None => numbers::counted(rows, &result.request.table),
    };
    let mut parts = Vec::new();
    let name = match settings.method {
        Method::Pca => {
            let shares: Vec<String> = result
                .explained_variance_ratio
                .iter()
                .take(settings.dims)
                .map(|&share| numbers::percent(share))
                .collect();
            parts.push(format!("{} of the variance", shares.join(" + ")));
            "PCA"
        }
        _ => method_name(&settings.method),
    };
    parts.extend(result.kl_divergence.map(|divergence| format!("KL {}", numbers::figures(divergence, 4))));
    parts.extend(
        result
            .trust
            .as_ref()
            .map(|trust| format!("{} of the {} nearest kept", numbers::percent(trust.preserved), trust.k)),
    );
    parts.insert(0, format!("{name} of {points}"));
    parts.join(" · ")
}

/// Draws the figures of the map on show.
pub fn show(ui: &mut Ui, map: &mut MapView, result: &ProjectionResult) {
    section(ui, "This map");
    ui.spacing_mut().item_spacing.y = 2.0;
    if let Some(divergence) = result.kl_divergence {
        let exact = format!("{divergence} nats: how much the map's neighbourhoods differ from the vectors'");
        fact(ui, "KL divergence", &numbers::figures(divergence, 4), Some(&exact));
    }
    if let Some(iterations) = result.iterations {
        fact(ui, "Iterations", &numbers::exact(iterations as u64), None);
    }
    if let Some(recall) = result.neighbor_recall {
        let about = "Share of true neighbours that the map was made of, measured on a sample";
        fact(ui, "Neighbours found", &numbers::percent(recall), Some(about));
    }
    if let Some(perplexity) = result.perplexity {
        fact(ui, "Perplexity", &numbers::figures(perplexity, 3), None);
    }
    for (axis, share) in result.explained_variance_ratio.iter().enumerate() {
        fact(ui, &format!("Component {}", axis + 1), &format!("{} of variance", numbers::percent(*share)), None);
    }
    if let Some(trust) = &result.trust {
        let words = [
            ("Neighbours kept", trust.preserved, "of each point's nearest vectors are among its nearest on the map"),
            ("Trustworthiness", trust.trustworthiness, "1: nothing is near on the map that is not near in truth"),
            ("Continuity", trust.continuity, "1: nothing that is near in truth is torn apart"),
        ];
        for (name, value, about) in words {
            let sample =
                format!("{value}\n{about}\nk = {}, on {}", trust.k, numbers::counted(trust.sample as u64, "point"));
            fact(ui, name, &numbers::figures(value, 3), Some(&sample));
        }
    }
    fact(ui, "Took", &numbers::duration(result.seconds), None);
    if result.trust.is_some() && map.colour_by != ColourBy::Trust {
        ui.add_space(2.0);
        if ui.link(RichText::new("Colour by trust")).clicked() {
            map.set_colour_by(ColourBy::Trust);
        }
    }
}
