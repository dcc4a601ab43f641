//! Pictures to files.

use std::io::Write as _;
use std::path::Path;

use super::error::PictureError;
use super::png::png_of;
use super::svg::MapPicture;
use crate::progress::Watch;
use crate::run::stage;

/// Shortest and longest side of a picture in pixels.
pub const SIDES: std::ops::RangeInclusive<u32> = 64..=16_384;
/// Millions of pixels that a picture has at most.
const MOST_MILLIONS: u32 = 100;

/// How a picture is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureFormat {
    /// Pixels.
    Png,
    /// A drawing.
    Svg,
}

impl PictureFormat {
    /// What the ending of `path` asks for.
    ///
    /// # Errors
    /// [`PictureError::Ending`].
    pub fn of(path: &Path) -> Result<Self, PictureError> {
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
        match ending.as_str() {
            "png" => Ok(Self::Png),
            "svg" => Ok(Self::Svg),
            _ => Err(PictureError::Ending { path: path.to_owned() }),
        }
    }
}

/// Writes `picture` to `path`, as PNG or SVG by its ending. The file appears whole.
///
/// # Errors
/// [`PictureError`].
pub fn write_picture(picture: &MapPicture, path: &Path, watch: &Watch) -> Result<(), PictureError> {
    let format = PictureFormat::of(path)?;
    let (width, height) = (picture.width, picture.height);
    let pixels = u64::from(width) * u64::from(height);
    if !SIDES.contains(&width) || !SIDES.contains(&height) || pixels > u64::from(MOST_MILLIONS) * 1_000_000 {
        let (least, most) = (*SIDES.start(), *SIDES.end());
        return Err(PictureError::Size { width, height, least, most, area: MOST_MILLIONS });
    }
    watch.report("Drawing", 0, None, "");
    let svg = picture.to_svg(watch).ok_or(PictureError::Cancelled)?;
    let failed = |message: String| PictureError::Write { message, path: path.to_owned() };
    let bytes = match format {
        PictureFormat::Svg => svg.into_bytes(),
        PictureFormat::Png => png_of(&svg).map_err(failed)?,
    };
    if watch.is_cancelled() {
        return Err(PictureError::Cancelled);
    }
    let mut file = stage(path).map_err(|error| failed(error.to_string()))?;
    file.write_all(&bytes).map_err(|error| failed(error.to_string()))?;
    file.persist(path).map_err(|error| failed(error.error.to_string()))?;
    Ok(())
}
