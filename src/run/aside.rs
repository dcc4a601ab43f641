//! Files that appear whole: written aside in the same folder, then renamed.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use tempfile::NamedTempFile;
use twox_hash::xxhash3_128::Hasher;

use super::FileFingerprint;

/// A file that will be `path` once it is persisted there, and vanishes if it never is.
///
/// # Errors
/// If the folder of `path` cannot be written.
pub(crate) fn stage(path: &Path) -> io::Result<NamedTempFile<File>> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // File::create gives the permissions of any new file; tempfile's own would hide it from everyone else.
    tempfile::Builder::new()
        .prefix(".writing-")
        .make_in(folder, |path| File::options().write(true).create_new(true).open(path))
}

/// Size and XXH3-128 of a file.
///
/// # Errors
/// If it cannot be read.
pub(crate) fn fingerprint(path: &Path) -> io::Result<FileFingerprint> {
    let mut file = File::open(path)?;
    let mut hasher = Hasher::new();
    let mut buffer = vec![0; 1 << 18];
    let mut bytes = 0;
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(FileFingerprint { bytes, xxh3: format!("{:032x}", hasher.finish_128()) }),
            count => {
                hasher.write(&buffer[..count]);
                bytes += count as u64;
            }
        }
    }
}
