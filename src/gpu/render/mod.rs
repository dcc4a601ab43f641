//! Drawing in plain wgpu, without a windowing library: the map's points.

mod density;
mod map_points;
mod pipelines;

pub use map_points::{MapFrame, MapPainter, MapPoint, MapScene, MapStyle, Nearby};
