//! Claims about `render`: pictures are opened again and looked into.

use std::collections::BTreeSet;
use std::fs;

use resvg::tiny_skia::Pixmap;
use resvg::usvg::{Options, Tree};

use super::*;

fn render(arguments: &[&str]) -> Ran {
    idatlas(&[&["render", text(sample_run())], arguments].concat())
}

/// Red, green and blue of every pixel of a picture.
fn colours(pixels: &Pixmap) -> Vec<[u8; 3]> {
    pixels.pixels().iter().map(|pixel| [pixel.red(), pixel.green(), pixel.blue()]).collect()
}

fn is_near(a: [u8; 3], b: [u8; 3]) -> bool {
    a.iter().zip(b).all(|(a, b)| a.abs_diff(b) <= 40)
}

#[test]
fn a_drawing_has_a_dot_for_every_point_and_a_line_of_its_key_for_every_store() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("items.svg");
    let arguments = ["--type", "item", "--method", "pca", "--color-by", "store", "--out", text(&out), "--json"];
    let report = render(&arguments).succeeded().json();
    assert_eq!((report["width"].as_u64(), report["height"].as_u64()), (Some(1600), Some(1200)), "{report}");
    assert_eq!((report["method"].as_str(), report["color_by"].as_str()), (Some("pca"), Some("store")), "{report}");
    let points = report["points"].as_u64().unwrap() as usize;
    let svg = fs::read_to_string(&out).unwrap();
    Tree::from_str(&svg, &Options::default()).expect("the file is SVG");
    assert_eq!(svg.matches("h0").count(), points);
    let key = &svg[svg.find("id=\"key\"").unwrap()..];
    assert_eq!(key.matches("<circle").count(), 8, "{key}");
    let strokes: BTreeSet<&str> = svg.split("stroke=\"#").skip(1).map(|rest| &rest[..6]).collect();
    for fill in
        key.split("fill=\"#").skip(1).map(|rest| &rest[..6]).filter(|fill| *fill != "626b7b" && *fill != "2e3542")
    {
        assert!(strokes.contains(fill), "no point has the key's colour #{fill}");
    }
    let first = fs::read(&out).unwrap();
    render(&arguments).succeeded();
    assert!(fs::read(&out).unwrap() == first, "the same map makes another file");
}

#[test]
fn a_picture_has_the_size_and_the_ground_that_were_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("stores.png");
    let arguments =
        ["--type", "store", "--size", "800x600", "--theme", "dark", "--color-by", "none", "--out", text(&out)];
    render(&arguments).succeeded();
    let pixels = Pixmap::decode_png(&fs::read(&out).unwrap()).unwrap();
    assert_eq!((pixels.width(), pixels.height()), (800, 600));
    let colours = colours(&pixels);
    assert_eq!(colours[0], [0x0f, 0x11, 0x15]);
    let accent = colours.iter().filter(|colour| is_near(**colour, [0x8a, 0xa8, 0xff])).count();
    assert!(accent > 8 * 4, "eight stores cover {accent} pixels");
    let named = colours.iter().filter(|colour| is_near(**colour, [0xcf, 0xd5, 0xdf])).count();
    render(&[&arguments[..], &["--no-labels"]].concat()).succeeded();
    let bare = Pixmap::decode_png(&fs::read(&out).unwrap()).unwrap();
    let bare = self::colours(&bare).iter().filter(|colour| is_near(**colour, [0xcf, 0xd5, 0xdf])).count();
    assert!(named > bare, "names are drawn in no pixel ({named} and {bare})");
}

#[test]
fn a_map_that_was_kept_is_the_one_that_is_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let [map, ids, out] = ["map.parquet", "ids.txt", "map.svg"].map(|name| folder.path().join(name));
    fs::write(&ids, "406\n367\n").unwrap();
    let run = text(sample_run());
    idatlas(&["project", run, "--type", "store", "--ids", text(&ids), "--out", text(&map)]).succeeded();
    let arguments = ["--type", "store", "--map", text(&map), "--out", text(&out), "--json"];
    let report = render(&arguments).succeeded().json();
    assert_eq!((report["points"].as_u64(), report["method"].is_null()), (Some(2), true), "{report}");
    assert_eq!(fs::read_to_string(&out).unwrap().matches("h0").count(), 2);
    let of_items = ["--type", "brand", "--map", text(&map), "--out", text(&out)];
    render(&of_items).refused(&["brand", "map.parquet"]);
}

#[test]
fn other_types_are_drawn_among_the_items_with_their_key() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("items.svg");
    let with =
        |types: &str| render(&["--type", "item", "--with", types, "--color-by", "none", "--out", text(&out), "--json"]);
    let report = with("store,brand").succeeded().json();
    let svg = fs::read_to_string(&out).unwrap();
    Tree::from_str(&svg, &Options::default()).expect("the file is SVG");
    let drawn = &svg[svg.find("<g id=\"marks\"").unwrap()..];
    let drawn = &drawn[..drawn.find("</g>").unwrap()];
    let ids = |at: usize| report["with"][at]["ids"].as_u64().unwrap() as usize;
    assert_eq!((report["with"][0]["type"].as_str(), ids(0)), (Some("store"), 8), "in the order of the run: {report}");
    assert!(ids(1) > 100, "{report}");
    assert_eq!(drawn.matches("<path").count(), 2 * (ids(0) + ids(1)), "each has an edge");
    assert!(svg.contains("PCA with stores and brands at the mean of their items"), "it does not say where they lie");
    let key = &svg[svg.find("<g id=\"types\"").unwrap()..];
    assert!(key.contains(">stores</text>") && key.contains(">brands</text>"), "{key}");
    with("shop").refused(&["\"shop\"", "store", "user"]);
    with("item").refused(&["\"item\"", "brand"]);
    render(&["--type", "brand", "--with", "store", "--out", text(&out)]).refused(&["--type item"]);
}

#[test]
fn what_cannot_be_drawn_is_refused_with_what_can() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("map.png");
    let to = |out: &str| render(&["--type", "store", "--out", out]);
    to(text(&folder.path().join("map.gif"))).refused(&[".png or .svg", "map.gif"]);
    to(text(&folder.path().join("nowhere/map.png"))).refused(&["nowhere"]);
    let with = |more: &[&str]| render(&[&["--type", "store", "--out", text(&out)], more].concat());
    with(&["--size", "10x10"]).refused(&["10 x 10", "64"]);
    with(&["--size", "16000x16000"]).refused(&["16000 x 16000", "100 million"]);
    with(&["--size", "large"]).refused(&["WIDTHxHEIGHT"]);
    with(&["--color-by", "colour"]).refused(&["\"colour\"", "count", "brand"]);
    render(&["--type", "shop", "--out", text(&out)]).refused(&["shop"]);
    assert!(!out.exists());
}

#[test]
fn density_lines_palettes_and_sizes_are_drawn_as_they_were_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("items.svg");
    let all = ["--type", "item", "--color-by", "store", "--out", text(&out), "--json"];
    render(&all).succeeded();
    let plain = fs::read_to_string(&out).unwrap();
    assert!(plain.contains("<g id=\"sizes\">") && !plain.contains("<g id=\"density\""), "as it was before");
    let more = ["--palette", "okabe-ito", "--size-by", "equal", "--contours"];
    let report = render(&[&all[..], &more].concat()).succeeded().json();
    assert_eq!(report["size_by"].as_str(), Some("equal"), "{report}");
    let drawn = fs::read_to_string(&out).unwrap();
    Tree::from_str(&drawn, &Options::default()).expect("the file is SVG");
    let lines = &drawn[drawn.find("<g id=\"density\"").unwrap()..drawn.find("<g id=\"labels\"").unwrap()];
    assert!(lines.matches("<path").count() >= 10, "five lines, each on its ground: {lines}");
    assert!(!drawn.contains("<g id=\"sizes\">") && !plain.contains("#e69f00") && drawn.contains("#e69f00"));
    let widths: BTreeSet<&str> = drawn[..drawn.find("<g id=\"density\"").unwrap()]
        .split("stroke-width=\"")
        .skip(1)
        .map(|rest| &rest[..4])
        .collect();
    assert_eq!(widths.len(), 1, "{widths:?}");
    render(&[&all[..], &["--palette", "rainbow"]].concat()).refused(&["rainbow", "Okabe-Ito"]);
    render(&[&all[..], &["--size-by", "weight"]].concat()).refused(&["\"weight\"", "count", "equal"]);
}
