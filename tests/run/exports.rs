//! Every export reads back, by another parser, as the vectors it was made from.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Float32Type, UInt64Type};
use idatlas::export::{ExportError, ExportFormat, ExportRequest, export, export_projection};
use ndarray::{Array2, array};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use safetensors::SafeTensors;

use super::fixture::{bits, run};

fn request(tables: &[&str], format: ExportFormat, out: PathBuf) -> ExportRequest {
    let tables = tables.iter().map(|table| (*table).to_owned()).collect();
    ExportRequest { tables, rows: None, coordinates: None, format, out }
}

fn records(path: &Path, delimiter: u8) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).delimiter(delimiter).from_path(path).unwrap();
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn floats(texts: &[String]) -> Vec<f32> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn parquet_rows(path: &Path) -> RecordBatch {
    let builder = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(path).unwrap()).unwrap();
    builder.build().unwrap().next().unwrap().unwrap()
}

/// Parses an NPY file of f32 by the format's own definition.
fn npy(path: &Path) -> (Vec<usize>, Vec<f32>) {
    let bytes = fs::read(path).unwrap();
    assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
    let length = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    assert_eq!((10 + length) % 64, 0, "the data is aligned");
    let header = std::str::from_utf8(&bytes[10..10 + length]).unwrap();
    assert!(
        header.starts_with("{'descr': '<f4', 'fortran_order': False, 'shape': (") && header.ends_with('\n'),
        "{header}"
    );
    let shape = header.split(['(', ')']).nth(1).unwrap();
    let shape = shape.split(',').map(|side| side.trim().parse().unwrap()).collect();
    let values = bytes[10 + length..].chunks(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect();
    (shape, values)
}

#[test]
fn csv_and_tsv_keep_every_id_label_and_bit() {
    let folder = tempfile::tempdir().unwrap();
    let run = run();
    for (format, delimiter) in [(ExportFormat::Csv, b','), (ExportFormat::Tsv, b'\t')] {
        for table in ["item", "brand", "user"] {
            let out = folder.path().join("new").join(format!("{table}.{}", format.name()));
            let files = export(&run, &request(&[table], format, out.clone())).unwrap();
            assert_eq!(files, std::slice::from_ref(&out));
            let view = run.table(table).unwrap();
            let records = records(&out, delimiter);
            let dims = (0..view.vectors.ncols()).map(|d| format!("d{d}"));
            let header: Vec<String> = ["id", "label", "count"].map(str::to_owned).into_iter().chain(dims).collect();
            assert_eq!(records[0], header);
            assert_eq!(records.len(), 1 + view.vocabulary.len());
            for (row, record) in records[1..].iter().enumerate() {
                assert_eq!(record[0], view.vocabulary.id(row as u32));
                let label = view.labels.get(row).and_then(Option::as_deref).unwrap_or_default();
                assert_eq!(record[1], label);
                assert_eq!(record[2], view.counts[row].to_string());
                assert_eq!(bits(&floats(&record[3..])), bits(view.vectors.row(row)), "{table} row {row}");
            }
        }
    }
}

#[test]
fn rows_pick_from_the_first_table_in_their_order_and_a_map_goes_along() {
    let folder = tempfile::tempdir().unwrap();
    let run = run();
    let places = array![[0.0, 1.0], [2.0, 3.0], [4.0, 5.0], [6.0, -7.5]];
    for format in [ExportFormat::Csv, ExportFormat::Parquet, ExportFormat::Npy, ExportFormat::Projector] {
        let mut picked = request(&["item"], format, folder.path().join(format.name()));
        picked.rows = Some(vec![3, 1]);
        picked.coordinates = Some(Arc::new(places.clone()));
        let files = export(&run, &picked).unwrap();
        let places = match format {
            ExportFormat::Parquet => {
                let rows = parquet_rows(&files[0]);
                let axis = |name| rows.column_by_name(name).unwrap().as_primitive::<Float32Type>().values().to_vec();
                [axis("x"), axis("y")].concat()
            }
            _ => {
                let ids = if format == ExportFormat::Csv { &files[0] } else { &files[1] };
                let delimiter = if format == ExportFormat::Projector { b'\t' } else { b',' };
                let records = records(ids, delimiter);
                assert_eq!(records[0][..5], ["id", "label", "count", "x", "y"].map(str::to_owned), "{format:?}");
                assert_eq!((records[1][0].as_str(), records[2][0].as_str()), ("pot 1", "pan"), "{format:?}");
                let axis = |at: usize| floats(&[records[1][at].clone(), records[2][at].clone()]);
                [axis(3), axis(4)].concat()
            }
        };
        assert_eq!(places, [6.0, 2.0, -7.5, 3.0], "{format:?}");
    }
}

#[test]
fn npy_holds_the_matrix_with_its_ids_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let run = run();
    let files = export(&run, &request(&["brand"], ExportFormat::Npy, folder.path().join("brand.npy"))).unwrap();
    assert_eq!(files, [folder.path().join("brand.npy"), folder.path().join("brand.ids.csv")]);
    let (shape, values) = npy(&files[0]);
    assert_eq!(shape, [2, 3]);
    assert_eq!(bits(&values), bits(&run.model.target[1]));
    let ids = records(&files[1], b',');
    assert_eq!(ids, [["id", "label", "count"], ["acme", "", "10"], ["zeta", "", "9"]]);
}

#[test]
fn parquet_holds_lists_of_fixed_length() {
    let folder = tempfile::tempdir().unwrap();
    let run = run();
    let files = export(&run, &request(&["item"], ExportFormat::Parquet, folder.path().join("item.parquet"))).unwrap();
    let rows = parquet_rows(&files[0]);
    let names: Vec<String> = rows.schema().fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(names, ["id", "label", "count", "vector"]);
    assert_eq!(
        rows.column(0).as_string::<i32>().iter().flatten().collect::<Vec<_>>(),
        ["kettle", "pan", "spoon", "pot 1"]
    );
    assert_eq!(rows.column(1).as_string::<i32>().value(0), "Kettle \"Élan\"");
    assert_eq!(rows.column(2).as_primitive::<UInt64Type>().values(), &[9, 5, 5, 1]);
    let vectors = rows.column(3).as_fixed_size_list();
    assert_eq!((vectors.len(), vectors.value_length()), (4, 4));
    assert_eq!(bits(vectors.values().as_primitive::<Float32Type>().values()), bits(&run.model.target[0]));
}

#[test]
fn safetensors_holds_all_tables_in_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let run = run();
    let out = folder.path().join("all.safetensors");
    let files = export(&run, &request(&["item", "a/b", "user", "item"], ExportFormat::Safetensors, out)).unwrap();
    let names: Vec<_> = files.iter().map(|file| file.file_name().unwrap().to_string_lossy().into_owned()).collect();
    assert_eq!(names, ["all.safetensors", "all.item.ids.csv", "all.a%2Fb.ids.csv", "all.user.ids.csv"]);
    let bytes = fs::read(&files[0]).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    assert_eq!(tensors.len(), 3);
    let users = tensors.tensor("user").unwrap();
    assert_eq!(users.shape(), [3, 4]);
    let values: Vec<f32> = users.data().chunks(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect();
    assert_eq!(bits(&values), bits(&*run.users.vectors));
    assert_eq!(records(&files[3], b',')[2][0], "007");
}

#[test]
fn word2vec_text_has_one_word_an_id() {
    let folder = tempfile::tempdir().unwrap();
    let run = run();
    let files = export(&run, &request(&["item"], ExportFormat::Word2vec, folder.path().join("w2v.txt"))).unwrap();
    let text = fs::read_to_string(&files[0]).unwrap();
    let lines: Vec<Vec<String>> = text.lines().map(|line| line.split(' ').map(str::to_owned).collect()).collect();
    assert_eq!(lines[0], ["4", "4"]);
    assert_eq!(lines[4][0], "pot_1", "white space would end the word");
    for (row, line) in lines[1..].iter().enumerate() {
        assert_eq!(bits(&floats(&line[1..])), bits(run.model.target[0].row(row)), "row {row}");
    }
}

#[test]
fn the_projector_folder_has_equal_lines_and_a_header_over_its_metadata() {
    let folder = tempfile::tempdir().unwrap();
    let run = run();
    export(&run, &request(&["item"], ExportFormat::Projector, folder.path().to_owned())).unwrap();
    let vectors = fs::read_to_string(folder.path().join("vectors.tsv")).unwrap();
    let vectors: Vec<Vec<f32>> =
        vectors.lines().map(|line| line.split('\t').map(|value| value.parse().unwrap()).collect()).collect();
    assert_eq!(bits(&vectors.concat()), bits(&run.model.target[0]));
    let metadata = fs::read_to_string(folder.path().join("metadata.tsv")).unwrap();
    let lines: Vec<&str> = metadata.lines().collect();
    assert_eq!(lines[0], "id\tlabel\tcount");
    assert_eq!(lines[4], "pot 1\tPot with lid\t1", "tabs and line ends become blanks");
    assert_eq!(lines.len(), vectors.len() + 1);
    let config = fs::read(folder.path().join("projector_config.json")).unwrap();
    let config: serde_json::Value = serde_json::from_slice(&config).unwrap();
    let expected = serde_json::json!({"embeddings": [{
        "tensorName": "item", "tensorShape": [4, 4], "tensorPath": "vectors.tsv", "metadataPath": "metadata.tsv"
    }]});
    assert_eq!(config, expected);

    export(&run, &request(&["brand", "a/b"], ExportFormat::Projector, folder.path().join("two"))).unwrap();
    let brands = fs::read_to_string(folder.path().join("two/brand-metadata.tsv")).unwrap();
    assert_eq!(brands, "id\tcount\nacme\t10\nzeta\t9\n", "no label, no column of labels");
    assert!(folder.path().join("two/a%2Fb-vectors.tsv").exists());
}

#[test]
fn several_tables_become_a_folder_of_files() {
    let folder = tempfile::tempdir().unwrap();
    let run = run();
    let mut wanted = request(&["brand", "a/b"], ExportFormat::Csv, folder.path().join("all"));
    wanted.rows = Some(vec![1]);
    let files = export(&run, &wanted).unwrap();
    assert_eq!(files, [folder.path().join("all/brand.csv"), folder.path().join("all/a%2Fb.csv")]);
    assert_eq!(records(&files[0], b',').len(), 2, "rows restrict the first table");
    assert_eq!(records(&files[1], b',').len(), 2, "and it alone");
}

#[test]
fn an_export_that_fails_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let run = run();
    let out = folder.path().join("out.csv");
    let fails = |tables: &[&str], rows: Option<Vec<u32>>| {
        let mut request = request(tables, ExportFormat::Csv, out.clone());
        request.rows = rows;
        export(&run, &request).unwrap_err()
    };
    assert!(matches!(fails(&[], None), ExportError::Empty));
    assert!(matches!(fails(&["item"], Some(Vec::new())), ExportError::Empty));
    assert!(fails(&["item"], Some(vec![4])).to_string().contains("the table has 4 rows"));
    assert!(fails(&["shop"], None).to_string().contains("it has item, brand, a/b, user"));
    fs::create_dir(&out).unwrap();
    fs::write(out.join("full"), "").unwrap();
    let message = fails(&["item"], None).to_string();
    assert!(message.contains("out.csv"), "{message}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no file was left beside the folder in the way");
}

#[test]
fn a_map_goes_to_csv_tsv_or_parquet_by_its_ending() {
    let folder = tempfile::tempdir().unwrap();
    let run = run();
    let places: Array2<f32> = array![[0.5, 1e-7, 3.0], [-0.0, 2.0, 1e9]];
    let metadata = [("method".to_owned(), "pca".to_owned())];
    let write = |name: &str| {
        let out = folder.path().join(name);
        export_projection(&run, "brand", None, places.view(), None, &metadata, &out).map(|()| out)
    };
    for (name, delimiter) in [("map.csv", b','), ("map.TSV", b'\t')] {
        let records = records(&write(name).unwrap(), delimiter);
        assert_eq!(records[0], ["id", "label", "x", "y", "z"]);
        assert_eq!(records[1][0], "acme");
        assert_eq!(bits(&floats(&records[2][2..])), bits(places.row(1)));
    }
    let out = write("map.parquet").unwrap();
    let rows = parquet_rows(&out);
    assert_eq!(bits(rows.column_by_name("z").unwrap().as_primitive::<Float32Type>().values()), bits(places.column(2)));
    let builder = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(out).unwrap()).unwrap();
    let entries = builder.metadata().file_metadata().key_value_metadata().unwrap();
    assert!(entries.iter().any(|entry| entry.key == "method" && entry.value.as_deref() == Some("pca")), "{entries:?}");
    let refused = write("map.docx").unwrap_err().to_string();
    assert!(refused.contains(".csv, .tsv or .parquet"), "{refused}");
}
