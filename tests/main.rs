//! All claims that cross layers, in one program: linking wgpu and egui takes long, so it is done once.

mod cli;
mod dataset;
mod golden;
mod golden_files;
mod gpu;
mod layering;
mod run;
mod shaders;
mod training;
#[cfg(feature = "gui")]
mod window;
