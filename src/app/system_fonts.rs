//! Letters that Inter lacks (Chinese, Japanese, Korean and other scripts), from the fonts of the machine.

use std::sync::Arc;

use eframe::egui::{self, FontData, FontDefinitions};
use resvg::usvg::fontdb::{Database, Family, Query, Source};

/// Families that hold many scripts, by platform: those of a Linux desktop, of Windows, of macOS.
const FAMILIES: [&str; 15] = [
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
    "Microsoft YaHei",
    "Yu Gothic",
    "Malgun Gothic",
    "PingFang SC",
    "Hiragino Sans",
    "Apple SD Gothic Neo",
    "Arial Unicode MS",
    "Noto Sans",
    "DejaVu Sans",
];

/// Looks for fonts on a thread of its own and adds them behind those that `ctx` has.
pub fn add_later(ctx: &egui::Context, own: FontDefinitions) {
    let ctx = ctx.clone();
    let search = std::thread::Builder::new().name("system-fonts".to_owned()).spawn(move || {
        let mut fonts = Database::new();
        fonts.load_system_fonts();
        if let Some(definitions) = with_fallbacks(own, &fonts) {
            ctx.set_fonts(definitions);
            ctx.request_repaint();
        }
    });
    if let Err(error) = search {
        tracing::warn!(%error, "fonts of the machine could not be looked for");
    }
}

/// `own` with those of [`FAMILIES`] that `fonts` has behind its own; `None` if it has none.
fn with_fallbacks(mut own: FontDefinitions, fonts: &Database) -> Option<FontDefinitions> {
    let before = own.font_data.len();
    for family in FAMILIES {
        let query = Query { families: &[Family::Name(family)], ..Query::default() };
        let face = fonts.query(&query).and_then(|id| fonts.face(id));
        let Some(face) = face else { continue };
        let bytes = match &face.source {
            Source::Binary(bytes) => bytes.as_ref().as_ref().to_vec(),
            Source::File(path) | Source::SharedFile(path, _) => match std::fs::read(path) {
                Ok(bytes) => bytes,
                Err(_) => continue,
            },
        };
        let data = FontData { index: face.index, ..FontData::from_owned(bytes) };
        own.font_data.insert(family.to_owned(), Arc::new(data));
        for names in own.families.values_mut() {
            names.push(family.to_owned());
        }
    }
    (own.font_data.len() > before).then_some(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_without_such_fonts_leaves_all_as_it_is_and_others_come_last() {
        let own = FontDefinitions::default();
        assert!(with_fallbacks(own.clone(), &Database::new()).is_none());
        let mut fonts = Database::new();
        fonts.load_font_data(include_bytes!("../../assets/fonts/Inter-Regular.otf").to_vec());
        assert!(with_fallbacks(own.clone(), &fonts).is_none(), "Inter is no fallback");
        let mut machine = Database::new();
        machine.load_system_fonts();
        if let Some(found) = with_fallbacks(own.clone(), &machine) {
            for (family, names) in &found.families {
                assert!(names.starts_with(&own.families[family]), "{family:?}");
                assert!(names.len() > own.families[family].len());
            }
        }
    }
}
