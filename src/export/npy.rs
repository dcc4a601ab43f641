//! NumPy's array file.

use std::io::{self, Write};

use ndarray::ArrayView1;

/// Writes `rows` (`count` of them, each `[dims]`) as an NPY file, format version 1.0: little-endian f32, row-major.
///
/// # Errors
/// If writing fails.
pub fn write_npy<'a>(
    mut out: impl Write,
    count: usize,
    dims: usize,
    rows: impl IntoIterator<Item = ArrayView1<'a, f32>>,
) -> io::Result<()> {
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({count}, {dims}), }}");
    // Magic, version and length take 10 bytes; the data begins at a multiple of 64.
    while (10 + header.len() + 1) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let length = u16::try_from(header.len()).map_err(io::Error::other)?;
    out.write_all(b"\x93NUMPY\x01\x00")?;
    out.write_all(&length.to_le_bytes())?;
    out.write_all(header.as_bytes())?;
    for row in rows {
        for value in row {
            out.write_all(&value.to_le_bytes())?;
        }
    }
    out.flush()
}
