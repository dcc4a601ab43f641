//! A drawing as pixels.

use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

/// `svg` in its own size as the bytes of a PNG file. Inter is at hand everywhere, for scripts that it lacks the fonts of the
/// machine are.
///
/// # Errors
/// What was wrong with it, in words.
pub(super) fn png_of(svg: &str) -> Result<Vec<u8>, String> {
    let mut options = Options { font_family: "Inter".to_owned(), ..Options::default() };
    let fonts = Arc::make_mut(&mut options.fontdb);
    fonts.load_font_data(include_bytes!("../../assets/fonts/Inter-Regular.otf").to_vec());
    fonts.load_font_data(include_bytes!("../../assets/fonts/Inter-SemiBold.otf").to_vec());
    if !svg.is_ascii() {
        fonts.load_system_fonts();
    }
    fonts.set_sans_serif_family("Inter");
    let tree = Tree::from_str(svg, &options).map_err(|error| error.to_string())?;
    let size = tree.size().to_int_size();
    let mut pixels = Pixmap::new(size.width(), size.height()).ok_or("there is no memory for so many pixels")?;
    resvg::render(&tree, Transform::identity(), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| error.to_string())
}
