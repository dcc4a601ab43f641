//! Maps in a run's folder: what is written beside the places, and how a map comes back from it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::engine::EngineError;
use crate::engine::command::{ProjectionRequest, ProjectionResult};
use crate::projection::{Axes, Direction, Method, PhaseSeconds, ProjectionSettings, Trust};
use crate::run::{Run, RunError, SavedProjection};

/// Methods whose maps take long enough to be kept.
const KEPT: [&str; 2] = ["tsne", "umap"];

/// How a map was made and how good it is, for the key-values of its file.
///
/// # Errors
/// [`RunError::UnknownType`].
pub fn map_metadata(run: &Run, result: &ProjectionResult) -> Result<Vec<(String, String)>, RunError> {
    let (table, settings) = (&result.request.table, &result.request.settings);
    let mut metadata = vec![("method", settings.method.name().to_owned()), ("type", table.clone())];
    if !result.explained_variance_ratio.is_empty() {
        metadata.push(("explained_variance_ratio", json(&result.explained_variance_ratio)));
    }
    match &settings.method {
        Method::Pca => {}
        Method::Tsne(parameters) => metadata.push(("parameters", json(parameters))),
        Method::Umap(parameters) => metadata.push(("parameters", json(parameters))),
        Method::Axes(axes) => metadata.push(("parameters", json(&axes_by_id(run, table, axes)?))),
    }
    metadata.extend(result.perplexity.map(|perplexity| ("perplexity", perplexity.to_string())));
    metadata.extend(result.kl_divergence.map(|divergence| ("kl_divergence", divergence.to_string())));
    metadata.extend(result.iterations.map(|iterations| ("iterations", iterations.to_string())));
    metadata.extend(result.neighbor_recall.map(|recall| ("neighbor_recall", recall.to_string())));
    metadata.extend(result.adapter.clone().map(|adapter| ("adapter", adapter)));
    metadata.push(("seconds", result.seconds.to_string()));
    if let Some(trust) = &result.trust {
        metadata.push(("trust", json(trust.as_ref())));
    }
    metadata.extend(map_origin(run));
    Ok(metadata.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

/// What a map was made from and by.
#[must_use]
pub fn map_origin(run: &Run) -> [(&'static str, String); 3] {
    [
        ("run", run.metadata.name.clone()),
        ("data", run.metadata.data.hash.clone()),
        ("program_version", env!("CARGO_PKG_VERSION").to_owned()),
    ]
}

/// The axes with the IDs at their ends.
fn axes_by_id(run: &Run, table: &str, axes: &Axes) -> Result<Value, RunError> {
    let vocabulary = run.table(table)?.vocabulary;
    let ids = |rows: &[u32]| rows.iter().map(|&row| vocabulary.id(row)).collect::<Vec<_>>();
    let ends = |direction: &Direction| serde_json::json!({"from": ids(&direction.from), "to": ids(&direction.to)});
    let mut values = serde_json::Map::new();
    for (name, direction) in ["x", "y", "z"].into_iter().zip(&axes.directions) {
        values.insert(name.to_owned(), ends(direction));
    }
    values.insert("metric".to_owned(), serde_json::json!(axes.metric));
    Ok(values.into())
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("numbers and names are valid JSON")
}

/// Whether a finished map is kept with the run: it took long to make and shows the whole table.
#[must_use]
pub fn is_worth_keeping(result: &ProjectionResult) -> bool {
    KEPT.contains(&result.request.settings.method.name()) && result.request.settings.rows.is_none()
}

/// Writes a map of a whole table to its place in the run folder `folder`, and returns the file.
///
/// # Errors
/// [`EngineError::Run`].
pub fn keep_map(run: &Run, folder: &Path, result: &ProjectionResult) -> Result<PathBuf, EngineError> {
    let saved = SavedProjection {
        table: result.request.table.clone(),
        method: result.request.settings.method.name().to_owned(),
        coordinates: result.coordinates.as_ref().clone(),
        trust: result.trust.as_ref().map(|trust| trust.by_point.clone()),
        metadata: map_metadata(run, result)?,
    };
    Ok(run.write_projection(folder, &saved)?)
}

/// The t-SNEs and UMAPs in the run folder `folder`, by table and method. A file that does not read, or says not how it
/// was made, is as good as none: the map can be made anew.
#[must_use]
pub fn kept_maps(run: &Run, folder: &Path) -> Vec<ProjectionResult> {
    let mut maps = Vec::new();
    for table in run.table_names() {
        for method in KEPT {
            match run.read_projection(folder, table, method) {
                Ok(saved) => maps.extend(saved.and_then(restored)),
                Err(error) => tracing::warn!(%error, "a kept map does not read"),
            }
        }
    }
    maps
}

/// How a kept map was made; `None` where its file does not say.
#[must_use]
pub fn kept_settings(saved: &SavedProjection) -> Option<ProjectionSettings> {
    let parameters = || text_of(saved, "parameters");
    let method = match saved.method.as_str() {
        "pca" => Method::Pca,
        "tsne" => Method::Tsne(parsed(parameters()?)?),
        "umap" => Method::Umap(parsed(parameters()?)?),
        _ => return None,
    };
    Some(ProjectionSettings { method, dims: saved.coordinates.ncols(), ..ProjectionSettings::default() })
}

fn text_of<'a>(saved: &'a SavedProjection, key: &str) -> Option<&'a str> {
    saved.metadata.iter().find(|(own, _)| own == key).map(|(_, value)| value.as_str())
}

fn restored(saved: SavedProjection) -> Option<ProjectionResult> {
    let text = |key: &str| text_of(&saved, key);
    let number = |key: &str| text(key)?.parse::<f64>().ok();
    let settings = kept_settings(&saved)?;
    let trust = text("trust").and_then(parsed::<Trust>).zip(saved.trust.as_ref());
    let trust = trust.map(|(trust, by_point)| Arc::new(Trust { by_point: by_point.clone(), ..trust }));
    let settings = ProjectionSettings { trust_neighbors: trust.as_ref().map_or(0, |trust| trust.k), ..settings };
    Some(ProjectionResult {
        request: ProjectionRequest { table: saved.table.clone(), settings },
        explained_variance_ratio: Vec::new(),
        kl_divergence: number("kl_divergence"),
        iterations: text("iterations").and_then(|text| text.parse().ok()),
        perplexity: number("perplexity"),
        adapter: text("adapter").map(str::to_owned),
        neighbor_recall: number("neighbor_recall"),
        trust,
        phases: PhaseSeconds::default(),
        seconds: number("seconds").unwrap_or(0.0),
        generation: 0,
        coordinates: Arc::new(saved.coordinates),
    })
}

fn parsed<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_str(text).ok()
}
