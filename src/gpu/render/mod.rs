//! Drawing in plain wgpu, without a windowing library: the map's points.

mod map_points;

pub use map_points::{MapFrame, MapPainter, MapPoint, MapScene, MapStyle};
