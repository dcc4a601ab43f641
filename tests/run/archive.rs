//! A run as one file.

use std::fs::{self, File};
use std::io::Write;

use idatlas::progress::{CancelToken, Watch};
use idatlas::run::{Run, RunError, pack, unpack, unpacked_beside};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::fixture::run;

fn files(folder: &std::path::Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            found.extend(files(&path).into_iter().map(|(inner, bytes)| (format!("{name}/{inner}"), bytes)));
        } else {
            found.push((name, fs::read(&path).unwrap()));
        }
    }
    found.sort();
    found
}

#[test]
fn a_packed_run_is_the_same_run_elsewhere() {
    let here = tempfile::tempdir().unwrap();
    let (folder, packed) = (here.path().join("café 1"), here.path().join("sent.zip"));
    run().write(&folder).unwrap();
    fs::create_dir(folder.join("projections")).unwrap();
    fs::write(folder.join("projections/x.parquet"), "kept").unwrap();
    fs::write(folder.join(".writing-7"), "half").unwrap();
    assert!(pack(&folder, &packed, &Watch::unattended()).unwrap());
    let elsewhere = here.path().join("deep/elsewhere");
    assert!(unpack(&packed, &elsewhere, &Watch::unattended()).unwrap());
    fs::remove_file(folder.join(".writing-7")).unwrap();
    assert_eq!(files(&elsewhere), files(&folder));
    assert_eq!(Run::read(&elsewhere).unwrap().model, run().model);
    assert!(matches!(unpack(&packed, &elsewhere, &Watch::unattended()), Err(RunError::Occupied(_))));

    let beside = unpacked_beside(&packed, &Watch::unattended()).unwrap();
    assert_eq!(beside, Some(here.path().join("sent")));
    assert_eq!(unpacked_beside(&packed, &Watch::unattended()).unwrap(), beside, "once is enough");
    fs::write(here.path().join("sent/run.json"), "another").unwrap();
    assert_eq!(unpacked_beside(&packed, &Watch::unattended()).unwrap(), Some(here.path().join("sent-2")));
}

#[test]
fn what_is_no_packed_run_is_refused_and_leaves_nothing() {
    let here = tempfile::tempdir().unwrap();
    let (packed, into) = (here.path().join("bad.zip"), here.path().join("into"));
    let refused = |names: &[&str], word: &str| {
        let mut zip = ZipWriter::new(File::create(&packed).unwrap());
        for name in names {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(b"{}").unwrap();
        }
        zip.finish().unwrap();
        let error = unpack(&packed, &into, &Watch::unattended()).unwrap_err().to_string();
        assert!(error.contains(word) && error.contains("bad.zip"), "{error}");
    };
    refused(&["notes.txt"], "no run");
    refused(&["a/run.json", "b/run.json"], "2 runs");
    refused(&["run/run.json", "../outside.txt"], "outside.txt");
    fs::write(&packed, "PK, or not").unwrap();
    assert!(matches!(unpack(&packed, &into, &Watch::unattended()), Err(RunError::Damaged { .. })));
    let left: Vec<_> = fs::read_dir(here.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["bad.zip"]);
    assert!(matches!(pack(here.path(), &into, &Watch::unattended()), Err(RunError::NotARun { .. })));
}

#[test]
fn a_cancelled_packing_leaves_no_file() {
    let here = tempfile::tempdir().unwrap();
    run().write(&here.path().join("run")).unwrap();
    let cancel = CancelToken::default();
    cancel.cancel();
    let packed = here.path().join("run.zip");
    assert!(!pack(&here.path().join("run"), &packed, &Watch::new(cancel, |_| {})).unwrap());
    assert!(!packed.exists());
}
