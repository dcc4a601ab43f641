//! Claims about shaders: every file validates, and has its kernel file and its mirror.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::path::Path;

use idatlas::gpu::kernels;

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

/// Compute shaders: those with a compute entry point. The others draw, and have no mirror.
fn compute_stems() -> BTreeSet<String> {
    let text = |stem: &String| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("shaders").join(format!("{stem}.wgsl"));
        std::fs::read_to_string(path).unwrap()
    };
    stems("shaders", "wgsl", &[]).into_iter().filter(|stem| text(stem).contains("@compute")).collect()
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
        validate(source.stem, &source.wgsl());
    }
}

#[test]
fn every_compute_shader_has_a_kernel_file_and_a_mirror_of_its_stem() {
    assert_eq!(compute_stems(), stems("src/gpu/kernels", "rs", &["mod", "pipeline"]));
    assert_eq!(compute_stems(), stems("src/reference", "rs", &["mod", "backend", "plan_words"]));
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
fn every_binding_of_a_shader_is_declared_by_its_kernel() {
    for source in kernels::ALL {
        let module = naga::front::wgsl::parse_str(&source.wgsl()).unwrap();
        let mut declared = vec![false; 2 + source.bindings.len()];
        for (_, variable) in module.global_variables.iter() {
            let Some(binding) = &variable.binding else { continue };
            let number = binding.binding as usize;
            declared[number] = true;
            let Some(access) = number.checked_sub(2) else { continue };
            let stores = matches!(variable.space, naga::AddressSpace::Storage { access }
                if access.contains(naga::StorageAccess::STORE));
            let expected = source.bindings[access] == kernels::Access::Write;
            assert_eq!(stores, expected, "{}: binding {number}", source.stem);
        }
        assert!(declared.iter().all(|&found| found), "{}: {declared:?}", source.stem);
    }
}
