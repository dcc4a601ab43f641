//! The messages of an Arrow IPC stream, taken apart by us.
//!
//! The library's readers reserve whatever a length field says, and a damaged one ends the program. Here memory grows
//! with the bytes that are really there.

use std::io::{self, Read};

use arrow::buffer::Buffer;
use arrow::ipc::{RecordBatch, root_as_message};

/// What a file begins with before its stream.
pub(super) const FILE_MAGIC: &[u8; 8] = b"ARROW1\0\0";

const CONTINUATION: [u8; 4] = [0xff; 4];
/// Schemas are small; more than this is a damaged length.
const MAX_METADATA_BYTES: u32 = 256 << 20;
/// No buffer of a batch unpacks to more than this; more is a damaged length.
const MAX_BUFFER_BYTES: i64 = 4 << 30;
const NOT_COMPRESSED: i64 = -1;

/// One message.
pub(super) struct Message {
    /// All of it, as the library's decoder takes it.
    pub bytes: Buffer,
    /// Where its metadata lie in `bytes`.
    pub metadata: std::ops::Range<usize>,
}

/// Reads the next message; `None` at the end of the stream.
///
/// # Errors
/// What is damaged, in words.
pub(super) fn read_message(input: &mut impl Read) -> Result<Option<Message>, String> {
    let mut bytes = Vec::new();
    take(input, 4, &mut bytes)?;
    if bytes.is_empty() {
        return Ok(None);
    }
    if bytes == CONTINUATION {
        take(input, 4, &mut bytes)?;
    }
    let size = bytes.last_chunk::<4>().map(|size| u32::from_le_bytes(*size)).ok_or("a message breaks off")?;
    if size == 0 {
        return Ok(None);
    }
    if size > MAX_METADATA_BYTES || bytes.len() % 4 != 0 {
        return Err("a message's length is damaged".to_owned());
    }
    let start = bytes.len();
    take_all(input, u64::from(size), &mut bytes)?;
    let metadata = start..bytes.len();
    let message = root_as_message(&bytes[metadata.clone()]).map_err(|e| format!("a message is damaged: {e}"))?;
    let body_length = u64::try_from(message.bodyLength()).map_err(|e| format!("a message's length is damaged: {e}"))?;
    let mut body = Vec::new();
    take_all(input, body_length, &mut body)?;
    let batch = message.header_as_record_batch();
    if let Some(batch) = batch.or_else(|| message.header_as_dictionary_batch().and_then(|d| d.data())) {
        check_lengths(&batch, &body)?;
    }
    bytes.append(&mut body);
    Ok(Some(Message { bytes: Buffer::from_vec(bytes), metadata }))
}

/// Buffers must lie within the body; compressed ones begin with their unpacked length.
fn check_lengths(batch: &RecordBatch<'_>, body: &[u8]) -> Result<(), String> {
    if batch.length() < 0 || batch.nodes().into_iter().flatten().any(|n| n.length() < 0 || n.null_count() < 0) {
        return Err("a batch claims a negative number of rows".to_owned());
    }
    for buffer in batch.buffers().into_iter().flatten() {
        let start = usize::try_from(buffer.offset()).ok();
        let end = start.zip(usize::try_from(buffer.length()).ok()).and_then(|(start, len)| start.checked_add(len));
        let own =
            start.zip(end).and_then(|(start, end)| body.get(start..end)).ok_or("a buffer lies outside its batch")?;
        if batch.compression().is_none() {
            continue;
        }
        let length = own.first_chunk::<8>().map_or(0, |length| i64::from_le_bytes(*length));
        if length != NOT_COMPRESSED && !(0..=MAX_BUFFER_BYTES).contains(&length) {
            return Err(format!("a compressed buffer claims {length} bytes"));
        }
    }
    Ok(())
}

/// Appends up to `count` bytes.
fn take(input: &mut impl Read, count: u64, bytes: &mut Vec<u8>) -> Result<usize, String> {
    input.by_ref().take(count).read_to_end(bytes).map_err(|e: io::Error| e.to_string())
}

/// Appends `count` bytes.
fn take_all(input: &mut impl Read, count: u64, bytes: &mut Vec<u8>) -> Result<(), String> {
    if take(input, count, bytes)? as u64 == count { Ok(()) } else { Err("a message breaks off".to_owned()) }
}
