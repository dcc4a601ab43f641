//! What a file is: format and compression by content first, then by name.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::delimiter;
use crate::dataset::DatasetError;

/// How much of a file is looked at to find out what it is.
const HEAD_BYTES: u64 = 64 << 10;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dataset) enum Format {
    Parquet,
    ArrowFile,
    ArrowStream,
    JsonLines,
    /// Text with this byte between the fields.
    Delimited(u8),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compression {
    None,
    Gzip,
    Zstd,
}

/// One file, looked at but not read.
#[derive(Debug, Clone)]
pub(in crate::dataset) struct FileSource {
    pub path: PathBuf,
    pub bytes: u64,
    pub format: Format,
    compression: Compression,
}

impl FileSource {
    /// Looks at the first bytes of `path`.
    pub(super) fn detect(path: &Path) -> Result<Self, DatasetError> {
        let metadata = std::fs::metadata(path).map_err(|e| open_error(path, &e))?;
        if metadata.is_dir() {
            return Err(unreadable(
                path,
                "This is a folder, not a file; name the files in it, for example FOLDER/*.parquet",
            ));
        }
        let bytes = metadata.len();
        let mut raw = Vec::new();
        File::open(path).and_then(|f| f.take(HEAD_BYTES).read_to_end(&mut raw)).map_err(|e| open_error(path, &e))?;
        let compression = match raw.as_slice() {
            [0x1f, 0x8b, ..] => Compression::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Compression::Zstd,
            _ => Compression::None,
        };
        let mut source = Self { path: path.to_owned(), bytes, format: Format::Delimited(b','), compression };
        let head = if compression == Compression::None { raw } else { source.decoded_head()? };
        source.format = source.detect_format(&head)?;
        Ok(source)
    }

    fn decoded_head(&self) -> Result<Vec<u8>, DatasetError> {
        let mut head = Vec::new();
        let result = self.stream(&Arc::default())?.take(HEAD_BYTES).read_to_end(&mut head);
        match result {
            // A file that breaks off later is reported where it breaks off.
            Err(error) if head.is_empty() => Err(self.read_error(&error, None)),
            _ => Ok(head),
        }
    }

    fn detect_format(&self, head: &[u8]) -> Result<Format, DatasetError> {
        let path = self.path.as_path();
        let fail = |message: &str| Err(unreadable(path, message));
        let binary = match head {
            [b'P', b'A', b'R', b'1', ..] => Some(Format::Parquet),
            [b'A', b'R', b'R', b'O', b'W', b'1', ..] => Some(Format::ArrowFile),
            [0xff, 0xff, 0xff, 0xff, ..] => Some(Format::ArrowStream),
            [b'F', b'E', b'A', b'1', ..] => {
                return fail(
                    "This is Feather version 1, which is not read; save it as version 2 (Arrow IPC) or Parquet",
                );
            }
            [b'P', b'K', 3, 4, ..] => {
                return fail("This is a ZIP archive or an Excel workbook; unpack it, or save the sheet as CSV");
            }
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
                return fail("The text is UTF-16; save it as UTF-8");
            }
            _ => None,
        };
        if let Some(format) = binary {
            if self.compression != Compression::None && format == Format::Parquet {
                return fail("The Parquet file is compressed as a whole; unpack it first (Parquet compresses inside)");
            }
            return Ok(format);
        }
        let text = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head);
        let Some(&first) = text.iter().find(|b| !b.is_ascii_whitespace()) else {
            return Err(DatasetError::Empty(self.path.clone()));
        };
        if text.contains(&0) {
            return fail("This is neither text nor Parquet, Arrow IPC, gzip or zstd; save it in one of these formats");
        }
        let name = self.name_without_compression();
        for (endings, what) in [(["parquet", "pq", "parq"], "Parquet"), (["arrow", "feather", "ipc"], "Arrow IPC")] {
            if endings.iter().any(|ending| name.ends_with(&format!(".{ending}"))) {
                return fail(&format!(
                    "The name says {what}, but the content does not begin like it; the file is damaged or misnamed"
                ));
            }
        }
        let json_name = [".json", ".jsonl", ".ndjson"].iter().any(|ending| name.ends_with(ending));
        if first == b'{' {
            return Ok(Format::JsonLines);
        }
        if json_name {
            return fail("JSON lines must hold one object {...} a line; this file begins otherwise");
        }
        Ok(Format::Delimited(delimiter::detect(text)))
    }

    fn name_without_compression(&self) -> String {
        let name = self.path.file_name().map(|n| n.to_string_lossy().to_lowercase()).unwrap_or_default();
        for ending in [".gz", ".gzip", ".zst", ".zstd"] {
            if let Some(stem) = name.strip_suffix(ending) {
                return stem.to_owned();
            }
        }
        name
    }

    /// Format and delimiter in words: "CSV, ';', gzip".
    pub(in crate::dataset) fn describe(&self) -> String {
        let mut words = match self.format {
            Format::Parquet => "Parquet".to_owned(),
            Format::ArrowFile => "Arrow IPC file".to_owned(),
            Format::ArrowStream => "Arrow IPC stream".to_owned(),
            Format::JsonLines => "JSON lines".to_owned(),
            Format::Delimited(b'\t') => "TSV".to_owned(),
            Format::Delimited(delimiter) => format!("CSV, '{}'", char::from(delimiter)),
        };
        match self.compression {
            Compression::None => {}
            Compression::Gzip => words.push_str(", gzip"),
            Compression::Zstd => words.push_str(", zstd"),
        }
        words
    }

    /// The file's content, unpacked; `read` counts the bytes taken from the file.
    pub(super) fn stream(&self, read: &Arc<AtomicU64>) -> Result<Box<dyn Read + Send>, DatasetError> {
        let file = File::open(&self.path).map_err(|e| open_error(&self.path, &e))?;
        let counted = Counted { inner: file, read: Arc::clone(read) };
        Ok(match self.compression {
            Compression::None => Box::new(counted),
            Compression::Gzip => Box::new(flate2::read::MultiGzDecoder::new(counted)),
            Compression::Zstd => {
                Box::new(zstd::stream::read::Decoder::new(counted).map_err(|e| self.read_error(&e, None))?)
            }
        })
    }

    /// The file's content as text, without the mark of its byte order.
    pub(super) fn text(&self, read: &Arc<AtomicU64>) -> Result<Box<dyn Read + Send>, DatasetError> {
        let mut stream = self.stream(read)?;
        let mut start = Vec::new();
        let mut head = stream.by_ref().take(BYTE_ORDER_MARK.len() as u64);
        head.read_to_end(&mut start).map_err(|e| self.read_error(&e, None))?;
        if start == BYTE_ORDER_MARK {
            start.clear();
        }
        Ok(Box::new(io::Cursor::new(start).chain(stream)))
    }

    /// An error while reading on, after line `after`.
    pub(super) fn read_error(&self, error: &io::Error, after: Option<u64>) -> DatasetError {
        let place = after.map_or_else(String::new, |line| format!(" after line {line}"));
        let message = if error.kind() == io::ErrorKind::InvalidData && self.compression == Compression::None {
            format!("Cannot read on{place}: {error}")
        } else if self.compression != Compression::None {
            format!("The compressed file breaks off or is damaged{place} ({error}); copy it again")
        } else {
            format!("Cannot read on{place}: {error}; check the disk and the permissions")
        };
        unreadable(&self.path, &message)
    }
}

/// Counts the bytes that pass.
struct Counted<R> {
    inner: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// An [`DatasetError::Unreadable`] for `path`.
pub(in crate::dataset) fn unreadable(path: &Path, message: &str) -> DatasetError {
    DatasetError::Unreadable { message: message.to_owned(), path: path.to_owned() }
}

/// The error of a file that cannot be opened.
pub(super) fn open_error(path: &Path, error: &io::Error) -> DatasetError {
    if error.kind() == io::ErrorKind::NotFound {
        return DatasetError::NotFound(path.to_owned());
    }
    unreadable(path, &format!("Cannot open the file: {error}; check its permissions"))
}
