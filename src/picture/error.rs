//! Why a picture was not made.

use std::path::PathBuf;

/// Why a picture was not made.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// The name of the file says neither PNG nor SVG.
    #[error("A picture's file must end in .png or .svg\nFile: {}", path.display())]
    Ending {
        /// The file.
        path: PathBuf,
    },
    /// The picture would be too small or too large.
    #[error(
        "A picture of {width} x {height} cannot be made; ask for {least} to {most} a side and at most {area} million in all"
    )]
    Size {
        /// Width asked for.
        width: u32,
        /// Height asked for.
        height: u32,
        /// Smallest side.
        least: u32,
        /// Largest side.
        most: u32,
        /// Millions of pixels at most.
        area: u32,
    },
    /// Writing failed.
    #[error("Writing failed: {message}\nFile: {}", path.display())]
    Write {
        /// The cause.
        message: String,
        /// The file.
        path: PathBuf,
    },
    /// Not wanted any more.
    #[error("cancelled")]
    Cancelled,
}
