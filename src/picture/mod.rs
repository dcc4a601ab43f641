//! What a map looks like, in the window and as a picture in a file: colours, sizes, names, PNG and SVG.

mod amounts;
mod categories;
mod colouring;
mod dots;
mod error;
mod key;
mod key_drawing;
mod labels;
mod lines;
mod marks;
mod palette;
mod palettes;
mod png;
mod ramps;
mod sizes;
mod svg;
mod write;

pub use amounts::Amounts;
pub use categories::CategoryPalette;
pub use colouring::{ColourBy, ColourMemory, Colouring, Known, LegendEntry, NamedGroups, Paint};
pub use dots::{Dot, Look};
pub use error::PictureError;
pub use key::{Key, ramp_colours};
pub use labels::{LONGEST_LABEL, Label, shortened};
pub use lines::{DensityLines, contour_strength};
pub use marks::{Mark, MarkKey, mark_colour, mark_radius};
pub use palette::{CATEGORIES, Ground, Rgba, amount, category};
pub use palettes::{OwnColours, Palettes};
pub use ramps::Ramp;
pub use sizes::{SizeBy, SizeKey, Sizes, Sizing};
pub use svg::MapPicture;
pub use write::{PictureFormat, SIDES, write_picture};
