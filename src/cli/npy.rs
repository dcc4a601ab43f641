//! NumPy's array files: a matrix of floats in, a matrix of f32 out.

use std::fs;
use std::path::Path;

use ndarray::{Array2, ArrayView2};

use super::CliError;
use super::aside::write_aside;
use crate::export::write_npy;

const MAGIC: &[u8] = b"\x93NUMPY";

/// Reads a matrix [rows, dims] of float32 or float64, of either byte order and memory order.
pub(super) fn read(path: &Path) -> Result<Array2<f32>, CliError> {
    let bytes = fs::read(path).map_err(|source| CliError::reading(path, source))?;
    parse(&bytes).map_err(|message| CliError::Input(format!("{message}\nFile: {}", path.display())))
}

/// Writes `matrix` as float32.
pub(super) fn write(path: &Path, matrix: ArrayView2<'_, f32>) -> Result<(), CliError> {
    let (rows, dims) = matrix.dim();
    write_aside(path, |file| write_npy(file, rows, dims, matrix.rows()))?.rename(path)
}

fn parse(bytes: &[u8]) -> Result<Array2<f32>, String> {
    let (header, data) = split_header(bytes).ok_or("This is no NumPy array file (.npy)")?;
    let descr = field(header, "descr").unwrap_or_default();
    let descr = descr.trim_matches(['\'', '"', ' ']);
    let (width, big_endian) = match descr {
        "<f4" | "|f4" => (4, false),
        "<f8" | "|f8" => (8, false),
        ">f4" => (4, true),
        ">f8" => (8, true),
        other => return Err(format!("The array has the type {other:?}; save it as float32 or float64")),
    };
    let shape = field(header, "shape").unwrap_or_default();
    let sizes: Vec<usize> = shape.split(',').filter_map(|size| size.trim().parse().ok()).collect();
    let &[rows, dims] = sizes.as_slice() else {
        return Err(format!("The array has the shape ({shape}); it must be a matrix [rows, dims]"));
    };
    let wanted = rows.checked_mul(dims).and_then(|values| values.checked_mul(width));
    if wanted != Some(data.len()) {
        return Err(format!(
            "The array should have {rows} x {dims} values of {width} bytes but there are {} bytes; write it again",
            data.len()
        ));
    }
    let values = data.chunks_exact(width).map(|value| float(value, big_endian)).collect();
    let in_columns = field(header, "fortran_order").is_some_and(|order| order.trim() == "True");
    let made = match in_columns {
        true => Array2::from_shape_vec((dims, rows), values).map(Array2::reversed_axes),
        false => Array2::from_shape_vec((rows, dims), values),
    };
    made.map_err(|error| error.to_string())
}

fn split_header(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let (length, start): (usize, usize) = match rest.first()? {
        1 => (usize::from(u16::from_le_bytes(rest.get(2..4)?.try_into().ok()?)), 4),
        _ => (usize::try_from(u32::from_le_bytes(rest.get(2..6)?.try_into().ok()?)).ok()?, 6),
    };
    let end = start.checked_add(length)?;
    Some((std::str::from_utf8(rest.get(start..end)?).ok()?, rest.get(end..)?))
}

/// The text of one entry of the header, a Python dictionary; parentheses taken off.
fn field<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    let after = header.split_once(&format!("'{name}'")).map(|(_, after)| after)?;
    let value = after.trim_start().strip_prefix(':')?.trim_start();
    match value.strip_prefix('(') {
        Some(tuple) => tuple.split_once(')').map(|(inside, _)| inside),
        None => value.split([',', '}']).next(),
    }
}

fn float(bytes: &[u8], big_endian: bool) -> f32 {
    let mut little = [0; 8];
    let little = &mut little[..bytes.len()];
    little.copy_from_slice(bytes);
    if big_endian {
        little.reverse();
    }
    match *little {
        [a, b, c, d] => f32::from_le_bytes([a, b, c, d]),
        [a, b, c, d, e, f, g, h] => f64::from_le_bytes([a, b, c, d, e, f, g, h]) as f32,
        _ => f32::NAN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn file(descr: &str, order: &str, shape: &str, data: &[u8]) -> Vec<u8> {
        let header = format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': ({shape}), }}\n");
        let mut bytes = [MAGIC, &[1, 0], &(header.len() as u16).to_le_bytes(), header.as_bytes()].concat();
        bytes.extend_from_slice(data);
        bytes
    }

    #[test]
    fn what_is_written_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("matrix.npy");
        let matrix = array![[1.0, -2.5], [0.0, 3.0e-8], [7.0, f32::MAX]];
        write(&path, matrix.view()).unwrap();
        assert_eq!(read(&path).unwrap(), matrix);
    }

    #[test]
    fn both_byte_orders_and_memory_orders_give_the_same_matrix() {
        let wanted = array![[1.0_f32, 2.0, 3.0], [4.0, 5.0, 6.0]];
        let rows: Vec<u8> = wanted.iter().flat_map(|&v| f64::from(v).to_le_bytes()).collect();
        let columns: Vec<u8> = wanted.t().iter().flat_map(|v| v.to_be_bytes()).collect();
        assert_eq!(parse(&file("<f8", "False", "2, 3", &rows)).unwrap(), wanted);
        assert_eq!(parse(&file(">f4", "True", "2, 3", &columns)).unwrap(), wanted);
    }

    #[test]
    fn files_that_are_no_matrix_of_floats_are_refused_in_words() {
        let cases = [
            (b"PAR1".to_vec(), "no NumPy array"),
            (MAGIC.to_vec(), "no NumPy array"),
            (file("<i8", "False", "1, 1", &[0; 8]), "float32 or float64"),
            (file("<f4", "False", "4,", &[0; 16]), "must be a matrix"),
            (file("<f4", "False", "2, 3", &[0; 20]), "20 bytes"),
            (file("<f4", "False", "18446744073709551615, 8", &[0; 4]), "4 bytes"),
        ];
        for (bytes, part) in cases {
            let message = parse(&bytes).unwrap_err();
            assert!(message.contains(part), "{message}");
        }
    }
}
