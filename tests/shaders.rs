//! Claims about shaders: every file validates, and has its kernel file and its mirror.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::path::Path;

use idatlas::gpu::kernels::{self, Access, Split};

/// Stems of the files of `folder` (below the repository) with `extension`, those of `without` left out.
fn stems(folder: &str, extension: &str, without: &[&str]) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .filter(|stem| !without.contains(&stem.as_str()))
        .collect()
}

/// Compute shaders: those that do not draw, which have no mirror.
fn compute_stems() -> BTreeSet<String> {
    let text = |stem: &String| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("shaders").join(format!("{stem}.wgsl"));
        std::fs::read_to_string(path).unwrap()
    };
    stems("shaders", "wgsl", &[]).into_iter().filter(|stem| !text(stem).contains("@vertex")).collect()
}

/// How a kernel's buffers may be split: not at all, or each in other parts than the next.
fn splits(source: &kernels::Source) -> [Split; 2] {
    let count = source.bindings().count();
    let parts = (0..count).map(|binding| 1 + (binding + 1) % 3).collect();
    [Split::none(count), Split { log2_part: 12, parts, log2_plan_part: 14, plan_parts: 2 }]
}

fn validate(name: &str, wgsl: &str) {
    let module = naga::front::wgsl::parse_str(wgsl)
        .unwrap_or_else(|error| panic!("{}", error.emit_to_string_with_path(wgsl, name)));
    let flags = naga::valid::ValidationFlags::all();
    naga::valid::Validator::new(flags, naga::valid::Capabilities::default())
        .validate(&module)
        .unwrap_or_else(|error| panic!("{}", error.emit_to_string_with_path(wgsl, name)));
}

#[test]
fn every_compute_shader_is_a_kernel_and_validates() {
    let kernels: BTreeSet<String> = kernels::ALL.iter().map(|source| source.stem.to_owned()).collect();
    assert_eq!(compute_stems(), kernels);
    for source in kernels::ALL {
        for split in splits(source) {
            validate(source.label, &source.wgsl(&split));
        }
    }
}

#[test]
fn every_compute_shader_has_a_kernel_file_and_a_mirror_of_its_stem() {
    assert_eq!(
        compute_stems(),
        stems("src/gpu/kernels", "rs", &["mod", "bindings", "gradient_sources", "pipeline", "step_constants"])
    );
    assert_eq!(
        compute_stems(),
        stems("src/reference", "rs", &["mod", "backend", "gradient_sources", "plan_words", "tsne"])
    );
}

#[test]
fn every_drawing_shader_validates_as_it_lies() {
    let compute = compute_stems();
    for stem in stems("shaders", "wgsl", &[]).difference(&compute) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("shaders").join(format!("{stem}.wgsl"));
        validate(stem, &std::fs::read_to_string(path).unwrap());
    }
}

#[test]
fn every_part_of_every_buffer_has_a_binding_of_its_own() {
    for source in kernels::ALL {
        for split in splits(source) {
            let module = naga::front::wgsl::parse_str(&source.wgsl(&split)).unwrap();
            let mut declared = vec![false; 1 + split.binding_count()];
            for (_, variable) in module.global_variables.iter() {
                if let Some(binding) = &variable.binding {
                    let number = binding.binding as usize;
                    assert!(!declared[number], "{}: binding {number} twice", source.label);
                    declared[number] = true;
                }
            }
            assert!(declared.iter().all(|&found| found), "{}: {declared:?}", source.label);
        }
    }
}

#[test]
fn a_kernel_reads_every_buffer_that_it_declares_or_writes_it() {
    for source in kernels::ALL {
        let text = [source.body, &source.includes.concat().concat()].concat();
        for binding in source.bindings() {
            let calls = |what: &str| text.contains(&format!("{what}_{}(", binding.name));
            let access = binding.access;
            assert_eq!(calls("store"), access == Access::Write, "{}: {} is written", source.label, binding.name);
            assert_eq!(calls("add"), access == Access::Add, "{}: {} is added to", source.label, binding.name);
            assert!(access != Access::Read || calls("load"), "{}: {} is never read", source.label, binding.name);
        }
    }
}
