//! Colours, type sizes and distances: the one place that says how the window looks.

use std::collections::BTreeMap;
use std::sync::Arc;

use eframe::egui::{
    self, Color32, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin, Shadow, Stroke, TextStyle,
    Theme, Vec2, Visuals,
};

use super::{missing_letters, system_fonts};
use crate::picture::{self, Ground, Rgba};

/// The family of headings and emphasis.
pub const SEMIBOLD: &str = "semibold";
/// Secondary text.
pub const SMALL: f32 = 11.5;
/// Text.
pub const BODY: f32 = 13.0;
/// Headings.
pub const HEADING: f32 = 20.0;
/// The grid that distances stand on.
pub const GRID: f32 = 4.0;

/// The colours that egui's visuals have no place for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Palette {
    /// Behind the map and the curves.
    pub canvas: Color32,
    /// Behind everything else.
    pub panel: Color32,
    /// A field or card on the panel.
    pub raised: Color32,
    /// Thin lines between regions.
    pub hairline: Color32,
    /// Text that is read first.
    pub strong: Color32,
    /// Text.
    pub text: Color32,
    /// Text that is read last.
    pub weak: Color32,
    /// What is selected and what to press next.
    pub accent: Color32,
    /// Text on the accent.
    pub on_accent: Color32,
    /// Behind what is selected.
    pub accent_faint: Color32,
    /// Something is off, work goes on.
    pub warning: Color32,
    /// Something failed.
    pub error: Color32,
    /// It is done.
    pub good: Color32,
}

const LIGHT: Palette = Palette {
    canvas: opaque(Ground::of(false).canvas),
    panel: Color32::from_rgb(0xf6, 0xf7, 0xf9),
    raised: Color32::from_rgb(0xff, 0xff, 0xff),
    hairline: Color32::from_rgb(0xdf, 0xe2, 0xe8),
    strong: opaque(Ground::of(false).strong),
    text: opaque(Ground::of(false).text),
    weak: opaque(Ground::of(false).weak),
    accent: opaque(Ground::of(false).accent),
    on_accent: Color32::WHITE,
    accent_faint: Color32::from_rgb(0xe3, 0xea, 0xfc),
    warning: Color32::from_rgb(0x9a, 0x5b, 0x00),
    error: Color32::from_rgb(0xb4, 0x23, 0x2c),
    good: Color32::from_rgb(0x0b, 0x7a, 0x55),
};

const DARK: Palette = Palette {
    canvas: opaque(Ground::of(true).canvas),
    panel: Color32::from_rgb(0x16, 0x19, 0x1f),
    raised: Color32::from_rgb(0x20, 0x24, 0x2c),
    hairline: Color32::from_rgb(0x2b, 0x30, 0x3a),
    strong: opaque(Ground::of(true).strong),
    text: opaque(Ground::of(true).text),
    weak: opaque(Ground::of(true).weak),
    accent: opaque(Ground::of(true).accent),
    on_accent: Color32::from_rgb(0x0c, 0x14, 0x2c),
    accent_faint: Color32::from_rgb(0x24, 0x2e, 0x4d),
    warning: Color32::from_rgb(0xe9, 0xb0, 0x4f),
    error: Color32::from_rgb(0xff, 0x8f, 0x8a),
    good: Color32::from_rgb(0x5c, 0xc9, 0x9a),
};

impl Palette {
    /// The palette of the theme that `ui` is drawn in.
    pub fn of(ui: &egui::Ui) -> &'static Self {
        Self::for_dark_mode(ui.visuals().dark_mode)
    }

    /// The dark or the light palette.
    pub fn for_dark_mode(dark: bool) -> &'static Self {
        if dark { &DARK } else { &LIGHT }
    }
}

/// A picture's colour as one of the window's.
pub fn rgba([r, g, b, a]: Rgba) -> Color32 {
    Color32::from_rgba_unmultiplied(r, g, b, a)
}

const fn opaque([r, g, b, _]: Rgba) -> Color32 {
    Color32::from_rgb(r, g, b)
}

/// The colour of category `slot` in 0..[`CATEGORIES`](crate::picture::CATEGORIES).
pub fn category(slot: usize, dark: bool) -> Color32 {
    rgba(picture::category(slot, dark))
}

/// Gives `ctx` the fonts, both themes and the sizes of this program.
pub fn install(ctx: &egui::Context) {
    let fonts = fonts();
    ctx.set_fonts(fonts.clone());
    missing_letters::install(ctx);
    system_fonts::add_later(ctx, fonts);
    for (theme, palette) in [(Theme::Dark, &DARK), (Theme::Light, &LIGHT)] {
        ctx.style_mut_of(theme, |style| {
            style.text_styles = text_styles();
            style.visuals = visuals(theme, palette);
            style.animation_time = 0.12;
            style.spacing.item_spacing = Vec2::new(8.0, 6.0);
            style.spacing.button_padding = Vec2::new(10.0, 4.0);
            style.spacing.interact_size = Vec2::new(32.0, 26.0);
            style.spacing.combo_width = 96.0;
            style.spacing.menu_margin = Margin::same(6);
            style.spacing.tooltip_width = 320.0;
            style.spacing.icon_width = 15.0;
            style.spacing.icon_width_inner = 8.0;
            style.interaction.tooltip_delay = 0.35;
            style.interaction.selectable_labels = false;
        });
    }
}

/// The font of emphasis at `size`.
pub fn semibold(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(SEMIBOLD.into()))
}

fn text_styles() -> BTreeMap<TextStyle, FontId> {
    [
        (TextStyle::Small, FontId::new(SMALL, FontFamily::Proportional)),
        (TextStyle::Body, FontId::new(BODY, FontFamily::Proportional)),
        (TextStyle::Button, FontId::new(BODY, FontFamily::Proportional)),
        (TextStyle::Monospace, FontId::new(12.0, FontFamily::Monospace)),
        (TextStyle::Heading, FontId::new(HEADING, FontFamily::Name(SEMIBOLD.into()))),
    ]
    .into()
}

/// Inter with tabular figures, in two weights, before egui's own fonts.
pub fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let regular = FontData::from_static(include_bytes!("../../assets/fonts/Inter-Regular.otf"));
    let semibold = FontData::from_static(include_bytes!("../../assets/fonts/Inter-SemiBold.otf"));
    fonts.font_data.insert("Inter".to_owned(), Arc::new(regular));
    fonts.font_data.insert("Inter SemiBold".to_owned(), Arc::new(semibold));
    let fallbacks = fonts.families.get(&FontFamily::Proportional).cloned().unwrap_or_default();
    let before = |first: &str| std::iter::once(first.to_owned()).chain(fallbacks.iter().cloned()).collect::<Vec<_>>();
    let (body, emphasis) = (before("Inter"), before("Inter SemiBold"));
    fonts.families.insert(FontFamily::Proportional, body);
    fonts.families.insert(FontFamily::Name(SEMIBOLD.into()), emphasis);
    fonts
}

fn visuals(theme: Theme, palette: &Palette) -> Visuals {
    let dark = theme == Theme::Dark;
    let mut visuals = theme.default_visuals();
    visuals.panel_fill = palette.panel;
    visuals.window_fill = palette.raised;
    visuals.window_stroke = Stroke::new(1.0, palette.hairline);
    visuals.window_corner_radius = CornerRadius::same(8);
    visuals.menu_corner_radius = CornerRadius::same(6);
    visuals.extreme_bg_color = palette.canvas;
    visuals.text_edit_bg_color = Some(palette.canvas);
    visuals.faint_bg_color = palette.panel;
    visuals.weak_text_color = Some(palette.weak);
    visuals.hyperlink_color = palette.accent;
    visuals.warn_fg_color = palette.warning;
    visuals.error_fg_color = palette.error;
    visuals.selection.bg_fill = palette.accent_faint;
    visuals.selection.stroke = Stroke::new(1.0, palette.accent);
    let shadow = |y: i8, blur: u8| Shadow {
        offset: [0, y],
        blur,
        spread: 0,
        color: Color32::from_black_alpha(if dark { 110 } else { 36 }),
    };
    visuals.window_shadow = shadow(8, 28);
    visuals.popup_shadow = shadow(4, 16);
    visuals.striped = false;
    visuals.indent_has_left_vline = false;
    visuals.slider_trailing_fill = true;

    let fill = if dark { Color32::from_rgb(0x26, 0x2b, 0x34) } else { Color32::from_rgb(0xff, 0xff, 0xff) };
    let hover = if dark { Color32::from_rgb(0x30, 0x36, 0x42) } else { Color32::from_rgb(0xee, 0xf1, 0xf6) };
    let press = if dark { Color32::from_rgb(0x1d, 0x21, 0x29) } else { Color32::from_rgb(0xe2, 0xe7, 0xf0) };
    let radius = CornerRadius::same(5);
    let line = Stroke::new(1.0, palette.hairline);
    let edge =
        Stroke::new(1.0, if dark { Color32::from_rgb(0x3b, 0x42, 0x4f) } else { Color32::from_rgb(0xcb, 0xd1, 0xdb) });
    let widgets = &mut visuals.widgets;
    widgets.noninteractive.bg_fill = palette.panel;
    widgets.noninteractive.weak_bg_fill = palette.panel;
    widgets.noninteractive.bg_stroke = line;
    widgets.noninteractive.fg_stroke = Stroke::new(1.0, palette.text);
    widgets.noninteractive.corner_radius = radius;
    for (state, ground, text, outline) in [
        (&mut widgets.inactive, fill, palette.text, line),
        (&mut widgets.hovered, hover, palette.strong, edge),
        (&mut widgets.active, press, palette.strong, Stroke::new(1.0, palette.accent)),
        (&mut widgets.open, hover, palette.strong, edge),
    ] {
        state.bg_fill = ground;
        state.weak_bg_fill = ground;
        state.bg_stroke = outline;
        state.fg_stroke = Stroke::new(1.0, text);
        state.corner_radius = radius;
        state.expansion = 0.0;
    }
    // Boxes to tick and rails of sliders, which have no words of their own, are told from the ground by it.
    widgets.inactive.bg_fill =
        if dark { Color32::from_rgb(0x3a, 0x41, 0x4e) } else { Color32::from_rgb(0xe0, 0xe5, 0xed) };
    visuals
}
