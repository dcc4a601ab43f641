//! What the formats have in common: the same data is the same dataset.

use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};

use arrow::array::{ArrayRef, DictionaryArray, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray};
use arrow::datatypes::Int32Type;
use arrow::ipc::CompressionType;
use arrow::ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use flate2::write::GzEncoder;
use parquet::arrow::ArrowWriter;
use proptest::prelude::*;

use idatlas::dataset::{DataRequest, inspect, preview};
use idatlas::progress::{CancelToken, Watch};

use super::{Folder, events, histories, items_of, read, request, with_items};

const CSV: &str = "user_id,item_id,timestamp,session_id\n\
    1,007,2017-02-09T23:02:42Z,s1\n\
    1,7,2017-02-09T23:02:41Z,s1\n\
    2,\"a;b|c\td\",2017-02-10T00:00:00.250Z,s1\n\
    1,007,2017-02-11T00:00:00Z,s2\n";
const MILLIS: [i64; 4] = [1_486_681_362_000, 1_486_681_361_000, 1_486_684_800_250, 1_486_771_200_000];

fn batch() -> RecordBatch {
    let users: ArrayRef = Arc::new(Int64Array::from(vec![1, 1, 2, 1]));
    let items: ArrayRef = Arc::new(["007", "7", "a;b|c\td", "007"].into_iter().collect::<DictionaryArray<Int32Type>>());
    let times: ArrayRef = Arc::new(TimestampMillisecondArray::from(MILLIS.to_vec()).with_timezone("UTC"));
    let sessions: ArrayRef = Arc::new(StringArray::from(vec!["s1", "s1", "s1", "s2"]));
    RecordBatch::try_from_iter([("session_id", sessions), ("user_id", users), ("timestamp", times), ("item_id", items)])
        .unwrap()
}

fn write_parquet(path: &Path, batch: &RecordBatch) {
    let mut writer = ArrowWriter::try_new(std::fs::File::create(path).unwrap(), batch.schema(), None).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// `CSV` with another delimiter, where every field that holds it is quoted.
fn delimited(delimiter: &str) -> String {
    CSV.replace("\"a;b|c\td\"", "a\u{0}").replace(',', delimiter).replace("a\u{0}", "\"a;b|c\td\"")
}

fn arrow_file(batch: &RecordBatch) -> Vec<u8> {
    let mut writer = FileWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    writer.write(batch).unwrap();
    writer.into_inner().unwrap()
}

fn arrow_stream(batch: &RecordBatch) -> Vec<u8> {
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    writer.write(batch).unwrap();
    writer.into_inner().unwrap()
}

fn compressed_arrow(batch: &RecordBatch) -> Vec<u8> {
    let options = IpcWriteOptions::default().try_with_compression(Some(CompressionType::LZ4_FRAME)).unwrap();
    let mut writer = FileWriter::try_new_with_options(Vec::new(), &batch.schema(), options).unwrap();
    writer.write(batch).unwrap();
    writer.into_inner().unwrap()
}

#[test]
fn the_same_data_in_any_format_is_the_same_dataset() {
    let folder = Folder::new();
    let expected = read(&request(&folder.write("events.csv", CSV)));
    let json = "{\"item_id\":\"007\",\"user_id\":1,\"timestamp\":1486681362000,\"session_id\":\"s1\"}\n\
        {\"item_id\":\"7\",\"user_id\":1,\"timestamp\":1486681361000,\"session_id\":\"s1\",\"more\":[1,{}]}\n\n\
        {\"user_id\":2,\"timestamp\":1486684800250,\"session_id\":\"s1\",\"item_id\":\"a;b|c\\td\"}\n\
        {\"item_id\":\"007\",\"user_id\":1,\"timestamp\":1486771200000,\"session_id\":\"s2\"}";
    write_parquet(&folder.path("events.parquet"), &batch());
    let files = [
        ("semicolon.csv", delimited(";").into_bytes()),
        ("tab.txt", delimited("\t").into_bytes()),
        ("bar.csv", delimited("|").into_bytes()),
        ("crlf.csv", CSV.replace('\n', "\r\n").into_bytes()),
        ("no_last_line_end.csv", CSV.trim_end().into()),
        ("bom.csv", [b"\xef\xbb\xbf", CSV.as_bytes()].concat()),
        ("bom_quoted.csv", [b"\xef\xbb\xbf", CSV.replace("user_id", "\"user_id\"").as_bytes()].concat()),
        ("gzip.csv", gzip(CSV.as_bytes())),
        ("two_gzip_members.csv.gz", [gzip(&CSV.as_bytes()[..50]), gzip(&CSV.as_bytes()[50..])].concat()),
        ("zstd.csv", zstd::encode_all(CSV.as_bytes(), 1).unwrap()),
        ("json.jsonl", json.into()),
        ("json.gz", gzip(json.as_bytes())),
        ("parquet.csv", std::fs::read(folder.path("events.parquet")).unwrap()),
        ("file.arrow", arrow_file(&batch())),
        ("stream.arrow", arrow_stream(&batch())),
        ("stream.arrow.gz", gzip(&arrow_stream(&batch()))),
        ("file.arrow.gz", gzip(&arrow_file(&batch()))),
        ("compressed.arrow", compressed_arrow(&batch())),
    ];
    for (name, content) in files {
        let found = read(&request(&folder.write(name, content)));
        assert_eq!(histories(&found), histories(&expected), "{name}");
        assert_eq!(found.events, expected.events, "{name}");
        assert_eq!(found.sessions, expected.sessions, "{name}");
        assert_eq!(found.fingerprint, expected.fingerprint, "{name}");
    }
}

#[test]
fn the_fingerprint_tells_different_data_apart() {
    let items = "item_id,store_id\n007,x\n7,y\n";
    let folder = Folder::new();
    let known = |events: &str, items: &str| {
        read(&with_items(&folder.write("e.csv", events), &folder.write("i.csv", items))).fingerprint
    };
    let first = known(CSV, items);
    assert_eq!(first, known(CSV, items));
    assert_eq!(first.len(), 32);
    for (events, items) in [
        (CSV.replace("007,2017-02-11", "7,2017-02-11"), items.to_owned()),
        (CSV.replace("02-11", "02-12"), items.to_owned()),
        (CSV.replace("s2", "s1"), items.to_owned()),
        (CSV.replace("\n2,", "\n3,"), items.to_owned()),
        (CSV.to_owned(), items.replace('y', "x")),
        (CSV.to_owned(), items.replace("store", "shop")),
    ] {
        assert_ne!(known(&events, &items), first, "{events}{items}");
    }
}

#[test]
fn ids_are_text() {
    let dataset = events("user_id,item_id,timestamp\n1,007,1\n1,7,2\n1,7.0,3\n1, 7,4\n");
    assert_eq!(items_of(&dataset, "1"), ["007", "7", "7.0", " 7"]);
}

#[test]
fn several_files_and_globs_are_one_table_with_columns_matched_by_name() {
    let folder = Folder::new();
    folder.write("part-2.csv", "item_id;timestamp;user_id\nc;3;u\n");
    folder.write("part-1.csv", "user_id,item_id,timestamp\nu,b,3\n");
    let extra = folder.write("a.csv", "user_id,item_id,timestamp,note\nu,a,3,x\n");
    let one_glob = read(&request(&folder.path("part-*.csv")));
    assert_eq!(items_of(&one_glob, "u"), ["b", "c"], "a glob is read in sorted order");
    let three = DataRequest { events: vec![folder.path("part-*.csv"), extra], ..DataRequest::default() };
    let three = read(&three);
    assert_eq!(items_of(&three, "u"), ["b", "c", "a"], "files are read as listed");
    assert_eq!(three.sources.len(), 3);
}

#[test]
fn a_preview_says_what_each_column_would_be() {
    let folder = Folder::new();
    let items = folder.write("items.csv.gz", gzip(b"item_id;store_id;title;price\n007;s;Tea;1,5\n"));
    write_parquet(&folder.path("events.parquet"), &batch());
    let seen = preview(&with_items(&folder.path("events.parquet"), &items)).unwrap();
    let roles = |table: &idatlas::dataset::TablePreview| {
        let columns = table.columns.iter();
        columns.map(|c| format!("{} {} {:?} {:?}", c.name, c.data_type, c.role, c.samples)).collect::<Vec<_>>()
    };
    assert_eq!(seen.events.format, "Parquet");
    assert_eq!(
        roles(&seen.events),
        [
            "session_id text Some(Session) [\"s1\", \"s1\", \"s1\"]",
            "user_id int64 Some(User) [\"1\", \"1\", \"2\"]",
            "timestamp timestamp[ms, UTC] Some(Time) \
         [\"2017-02-09T23:02:42Z\", \"2017-02-09T23:02:41Z\", \"2017-02-10T00:00:00.250Z\"]",
            "item_id text Some(Item) [\"007\", \"7\", \"a;b|c\\td\"]",
        ]
    );
    let items = seen.items.unwrap();
    assert_eq!(items.format, "CSV, ';', gzip");
    assert_eq!(
        roles(&items),
        [
            "item_id text Some(Item) [\"007\"]",
            "store_id text Some(IdType(\"store\")) [\"s\"]",
            "title text Some(Label) [\"Tea\"]",
            "price text Some(Descriptive) [\"1,5\"]",
        ]
    );
    assert_eq!(seen.obstacles, Vec::<String>::new());
}

#[test]
fn a_preview_names_what_would_keep_the_load_from_working() {
    let folder = Folder::new();
    let path = folder.write("events.csv", "usr,item_id,date\n1,2,9.2.2017\n");
    let obstacles = preview(&request(&path)).unwrap().obstacles;
    assert_eq!(obstacles.len(), 2, "{obstacles:?}");
    assert!(obstacles[0].contains("--user-col, perhaps \"usr\""), "{obstacles:?}");
    assert!(obstacles[1].contains("\"9.2.2017\" in column date"), "{obstacles:?}");
    let path = folder.write("header.csv", "user_id,item_id\n");
    let obstacles = preview(&request(&path)).unwrap().obstacles;
    assert!(obstacles.len() == 1 && obstacles[0].contains("no rows"), "{obstacles:?}");
}

#[test]
fn loading_reports_progress_and_can_be_cancelled() {
    let folder = Folder::new();
    let request = request(&folder.write("events.csv", CSV));
    let reports = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&reports);
    let watch = Watch::new(CancelToken::default(), move |p| sink.lock().unwrap().push(p));
    inspect(&request, &watch).unwrap();
    let last = reports.lock().unwrap().last().cloned().unwrap();
    assert_eq!(
        (last.stage.as_str(), last.done, last.total),
        ("Reading events", CSV.len() as u64, Some(CSV.len() as u64))
    );
    let token = CancelToken::default();
    token.cancel();
    let refused = inspect(&request, &Watch::new(token, |_| {})).unwrap_err();
    assert_eq!(refused.to_string(), "Cancelled");
}

/// Valid content of each format, to be damaged.
fn seeds() -> Vec<Vec<u8>> {
    let folder = Folder::new();
    write_parquet(&folder.path("p"), &batch());
    vec![
        CSV.into(),
        gzip(CSV.as_bytes()),
        zstd::encode_all(CSV.as_bytes(), 1).unwrap(),
        std::fs::read(folder.path("p")).unwrap(),
        arrow_file(&batch()),
        arrow_stream(&batch()),
        compressed_arrow(&batch()),
        b"{\"user_id\":1,\"item_id\":\"a\"}\n{\"user_id\":1,\"item_id\":\"b\"}\n".to_vec(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(60) })]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), magic in 0usize..6) {
        let magic: &[u8] = [b"".as_slice(), b"PAR1", b"ARROW1\0\0", b"\x1f\x8b", b"\xff\xff\xff\xff", b"user_id,item_id\n"][magic];
        let folder = Folder::new();
        let path = folder.write("events.csv", [magic, &bytes].concat());
        let _ = inspect(&request(&path), &Watch::unattended());
        let _ = preview(&request(&path));
    }

    #[test]
    fn damaged_files_never_panic(which in 0usize..8, damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6), keep in 0.0..1.3f64) {
        let mut bytes = seeds().swap_remove(which);
        for (place, value) in damage {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        bytes.truncate((bytes.len() as f64 * keep) as usize);
        let folder = Folder::new();
        let path = folder.write("events", bytes);
        let _ = inspect(&request(&path), &Watch::unattended());
    }
}
