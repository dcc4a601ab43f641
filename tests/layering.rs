//! Claims about the layers: imports go down only, libraries stay in their rooms, files stay readable.

use std::fs;
use std::path::{Path, PathBuf};

/// Rooms by layer, lowest first; rooms of one layer do not import each other.
const LAYERS: [&[&str]; 13] = [
    // `noise` is there for tests alone.
    &["progress", "containment", "numbers", "simd", "noise"],
    &["dataset"],
    &["embedding"],
    &["objective"],
    &["gpu"],
    // The mirrors take the uniforms and plans of the kernels they mirror.
    &["reference"],
    // Projections are made from the graph of neighbours.
    &["neighbors"],
    &["training", "projection"],
    &["run"],
    &["summary", "comparison", "picture"],
    &["export"],
    &["engine"],
    &["cli", "app"],
];

const LONGEST_FILE: usize = 500;

#[test]
fn imports_only_go_down() {
    let offences: Vec<String> = sources()
        .iter()
        .filter(|source| source.room() != "main" && source.room() != "lib")
        .flat_map(|source| {
            let room = source.room();
            let imported = rooms_imported(&source.code, source.depth());
            imported.into_iter().filter(move |to| climbs(&room, to)).map(|to| format!("{} uses {to}", source.name()))
        })
        .collect();
    assert!(offences.is_empty(), "\n{}", offences.join("\n"));
}

#[test]
fn gpu_and_window_libraries_stay_in_their_rooms() {
    let window = |word: &str| word == "eframe" || word == "rfd" || word.starts_with("egui");
    let mut offences = Vec::new();
    for source in sources() {
        let room = source.room();
        for word in words(&source.code) {
            let outside = (word == "wgpu" && room != "gpu" && room != "app") || (window(word) && room != "app");
            if outside {
                offences.push(format!("{} uses {word}", source.name()));
            }
        }
    }
    assert!(offences.is_empty(), "\n{}", offences.join("\n"));
}

#[test]
fn only_the_command_line_prints() {
    let macros = ["print!", "println!", "eprint!", "eprintln!", "dbg!"];
    let offences: Vec<String> = sources()
        .iter()
        .filter(|source| source.room() != "cli" && source.room() != "main")
        .flat_map(|source| {
            let called = macros.iter().filter(|name| has_macro(&source.code, name));
            called.map(|name| format!("{} calls {name}", source.name())).collect::<Vec<_>>()
        })
        .collect();
    assert!(offences.is_empty(), "\n{}", offences.join("\n"));
}

#[test]
fn nothing_is_left_unwritten() {
    let offences: Vec<String> = sources()
        .iter()
        .filter(|source| has_macro(&source.code, "todo!") || has_macro(&source.code, "unimplemented!"))
        .map(Source::name)
        .collect();
    assert!(offences.is_empty(), "todo!() or unimplemented!() in\n{}", offences.join("\n"));
}

#[test]
fn no_file_is_too_long_to_read() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = files_with_ending(&root.join("src"), "rs");
    files.extend(files_with_ending(&root.join("shaders"), "wgsl"));
    let offences: Vec<String> = files
        .into_iter()
        .map(|path| (fs::read_to_string(&path).unwrap().lines().count(), path))
        .filter(|(lines, _)| *lines > LONGEST_FILE)
        .map(|(lines, path)| format!("{lines} lines: {}", path.display()))
        .collect();
    assert!(offences.is_empty(), "more than {LONGEST_FILE} lines:\n{}", offences.join("\n"));
}

#[test]
fn the_reader_of_imports_sees_every_form_and_no_text() {
    let code = code_of(
        r##"
        use crate::{cli::Table, dataset::{Events, Vocabulary}, run};
        // use crate::app::comment;
        /* crate::app /* nested */ crate::app */
        fn f<'a>(x: &'a str) -> char { let _ = ("crate::app", r#"crate::app "quoted""#, '"'); crate::gpu::open(); 'a' }
        #[cfg(test)]
        mod tests { use crate::app::Window; fn g() { if true { } } }
        use super::super::engine::Engine;
        use super::sibling;
        "##,
    );
    assert_eq!(rooms_imported(&code, 2), ["cli", "dataset", "run", "gpu", "engine"]);
    assert!(climbs("dataset", "gpu") && climbs("cli", "app") && !climbs("engine", "run") && !climbs("run", "run"));
}

/// One Rust file, comments, texts and test modules blanked.
struct Source {
    /// Below src/.
    path: PathBuf,
    code: String,
}

impl Source {
    fn name(&self) -> String {
        format!("src/{}", self.path.display())
    }

    fn room(&self) -> String {
        let first = self.path.components().next().expect("a file below src has a name");
        Path::new(&first).file_stem().expect("names are not empty").to_string_lossy().into_owned()
    }

    /// Modules from the crate's root to this file's: src/dataset/mod.rs 1, src/dataset/load.rs 2.
    fn depth(&self) -> usize {
        let parts = self.path.components().count();
        if self.path.ends_with("mod.rs") { parts - 1 } else { parts }
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = files_with_ending(&root, "rs");
    assert!(files.len() > 20, "only {} files found in {}", files.len(), root.display());
    let source = |path: PathBuf| Source {
        code: code_of(&fs::read_to_string(&path).unwrap()),
        path: path.strip_prefix(&root).unwrap().to_owned(),
    };
    files.into_iter().map(source).collect()
}

fn files_with_ending(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with_ending(&path, ending));
        } else if path.extension().is_some_and(|extension| extension == ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn climbs(from: &str, to: &str) -> bool {
    let layer = |room: &str| {
        let found = LAYERS.iter().position(|rooms| rooms.contains(&room));
        found.unwrap_or_else(|| panic!("the room {room} has no layer; give it one in tests/layering.rs"))
    };
    from != to && layer(to) >= layer(from)
}

/// The rooms that paths from the crate's root name, in order.
fn rooms_imported(code: &str, depth: usize) -> Vec<String> {
    let mut rooms = Vec::new();
    let from_root = ["crate::".to_owned(), "super::".repeat(depth)];
    for prefix in &from_root {
        for (start, _) in code.match_indices(prefix.as_str()) {
            let before = code[..start].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
                continue;
            }
            let rest = code[start + prefix.len()..].trim_start();
            match rest.strip_prefix('{') {
                Some(group) => rooms.extend(heads_of_group(group)),
                None => rooms.extend(words(rest).next().filter(|word| *word != "super").map(str::to_owned)),
            }
        }
    }
    // A macro or item at the crate's root is no room.
    rooms.retain(|room| room.chars().all(|c| c.is_lowercase() || c == '_'));
    rooms
}

/// First words of the members of `{a::b, c::{d, e}}`, the opening brace gone.
fn heads_of_group(group: &str) -> Vec<String> {
    let mut heads = Vec::new();
    let mut depth = 1;
    let mut member = String::new();
    for c in group.chars() {
        depth += match c {
            '{' => 1,
            '}' => -1,
            _ => 0,
        };
        if depth == 0 || (depth == 1 && c == ',') {
            heads.extend(words(&member).next().map(str::to_owned));
            member.clear();
        } else {
            member.push(c);
        }
        if depth == 0 {
            break;
        }
    }
    heads
}

fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

fn has_macro(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(start, _)| {
        let before = code[..start].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
    })
}

fn code_of(text: &str) -> String {
    without_test_modules(&without_comments_and_texts(text))
}

fn without_comments_and_texts(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let after_word = code.chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_');
        let skipped = match chars[at..] {
            ['/', '/', ..] => chars[at..].iter().position(|&c| c == '\n').unwrap_or(chars.len() - at),
            ['/', '*', ..] => block_comment(&chars[at..]),
            ['"', ..] => quoted(&chars[at..]),
            ['r', '"' | '#', ..] if !after_word => raw_text(&chars[at..]),
            // A lifetime has no closing quote where a character has one.
            ['\'', '\\', ..] => 2 + chars[at + 2..].iter().skip(1).position(|&c| c == '\'').map_or(1, |end| end + 2),
            ['\'', _, '\'', ..] => 3,
            _ => 0,
        };
        if skipped == 0 {
            code.push(chars[at]);
            at += 1;
        } else {
            code.push(' ');
            at += skipped;
        }
    }
    code
}

fn block_comment(chars: &[char]) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < chars.len() {
        match chars[at..] {
            ['/', '*', ..] => depth += 1,
            ['*', '/', ..] => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            break;
        }
    }
    at
}

fn quoted(chars: &[char]) -> usize {
    let mut at = 1;
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(chars.len())
}

/// Length of r"..." or r#"..."#; 0 if it is something else, as r#type.
fn raw_text(chars: &[char]) -> usize {
    let hashes = chars[1..].iter().take_while(|&&c| c == '#').count();
    if chars.get(1 + hashes) != Some(&'"') {
        return 0;
    }
    let end: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    let body = 2 + hashes;
    let length = chars[body..].windows(end.len()).position(|window| window == end);
    length.map_or(chars.len(), |length| body + length + end.len())
}

fn without_test_modules(code: &str) -> String {
    let mut kept = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(start) = rest.find("#[cfg(test)]") {
        kept.push_str(&rest[..start]);
        rest = &rest[start..];
        let item = rest.find(['{', ';']).unwrap_or(rest.len());
        let length = if rest[item..].starts_with('{') { item + braces(&rest[item..]) } else { item };
        rest = &rest[length.min(rest.len())..];
    }
    kept + rest
}

/// Length of `{...}` with its nested braces.
fn braces(code: &str) -> usize {
    let mut depth = 0;
    for (at, c) in code.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    code.len()
}
