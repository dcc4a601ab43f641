//! ID Atlas learns one vector for every ID of a retailer's logs and catalogue, jointly
//! (Zhao et al., "Learning and Transferring IDs Representation in E-commerce", KDD 2018), and shows them as maps.
//!
//! Layers, lowest first; imports go down only (held by `tests/layering.rs`):
//!
//! | layer | rooms |
//! | --- | --- |
//! | ground | [`progress`], [`containment`], [`numbers`], [`simd`], [`dataset`], [`embedding`], [`objective`] |
//! | compute | [`gpu`], [`reference`](mod@reference) |
//! | science | [`training`], [`projection`], [`neighbors`] |
//! | results | [`run`], [`summary`], [`comparison`], [`picture`], [`export`] |
//! | service | [`engine`] |
//! | front ends | [`cli`], `app` (feature `gui`) |
//!
//! Data flow: files -> [`dataset::Dataset`] -> [`dataset::Corpus`] -> [`training::Trainer`] ->
//! [`embedding::Model`] -> [`run::Run`] -> projection, neighbours, export.

#[cfg(feature = "gui")]
pub mod app;
pub mod cli;
pub mod comparison;
pub mod containment;
pub mod dataset;
pub mod embedding;
pub mod engine;
pub mod export;
pub mod gpu;
pub mod neighbors;
#[cfg(test)]
#[path = "../tests/noise.rs"]
mod noise;
pub mod numbers;
pub mod objective;
pub mod picture;
pub mod progress;
pub mod projection;
pub mod reference;
pub mod run;
pub mod simd;
pub mod summary;
pub mod training;
