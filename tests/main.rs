//! All claims that cross layers, in one program: linking wgpu and egui takes long, so it is done once.

#![allow(clippy::unwrap_used, reason = "a claim that cannot be set up has failed")]

mod cli;
mod dataset;
mod engine;
mod golden;
mod golden_files;
mod gpu;
mod layering;
mod neighbors;
mod noise;
mod projection;
mod run;
mod shaders;
mod training;
#[cfg(feature = "gui")]
mod window;
