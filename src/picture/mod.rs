//! What a map looks like, in the window and as a picture in a file: colours, sizes, names, PNG and SVG.

mod amounts;
mod colouring;
mod dots;
mod error;
mod key;
mod labels;
mod palette;
mod png;
mod svg;
mod write;

pub use amounts::Amounts;
pub use colouring::{ColourBy, ColourMemory, Colouring, Known, LegendEntry, NamedGroups, Paint};
pub use dots::{Dot, Look, Sizes};
pub use error::PictureError;
pub use key::Key;
pub use labels::{LONGEST_LABEL, Label, shortened};
pub use palette::{CATEGORIES, Ground, Rgba, amount, category, category_other};
pub use svg::MapPicture;
pub use write::{PictureFormat, SIDES, write_picture};
