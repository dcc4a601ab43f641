//! What is said of bad files: what, where, what to do.

use std::io::Write;

use flate2::write::GzEncoder;
use idatlas::dataset::{DataRequest, DatasetError, ProblemKind, Severity};

use super::{
    Folder, events, events_and_items, inspected, items_of, problem, read, refusal, refused, request, with_items,
};

const HEADER: &str = "user_id,item_id,timestamp,session_id\n";

fn with_header(rows: &str) -> String {
    format!("{HEADER}{rows}")
}

#[track_caller]
fn assert_parts(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "{part:?} is not in {message:?}");
    }
}

#[test]
fn a_row_of_another_length_is_refused_with_its_line() {
    let message = refused(&with_header("1,a,1,s\n1,b,2\n1,c,3,s\n1,d,4,s,x\n"));
    assert_parts(
        &message,
        &["Expected 4 columns but found 3 on line 3 (2 such rows in all)", "--skip-bad-rows", "\nFile: "],
    );
}

#[test]
fn lines_are_counted_through_quoted_line_ends_and_blank_lines() {
    let message = refused(&with_header("1,\"a\nb\r\nc\",1,s\n\n1,b,2\n"));
    assert_parts(&message, &["found 3 on line 6;"]);
    let message = refused("user_id,item_id\r\n1,a\r\n\r\n,b\r\n");
    assert_parts(&message, &["There is no user in column user_id on line 4;"]);
}

#[test]
fn an_unreadable_time_is_refused_with_line_column_and_text() {
    let message = refused(&with_header("1,a,2017-01-01,s\n1,b,yesterday,s\n"));
    assert_parts(&message, &["Cannot read the time \"yesterday\" in column timestamp on line 3", "RFC 3339"]);
    let long = refused(&with_header(&format!("1,a,2017-01-01,s\n1,b,{},s\n", "x".repeat(500))));
    assert!(long.lines().next().unwrap().len() < 300, "{long}");
}

#[test]
fn a_missing_user_item_or_time_is_refused_with_line_and_column() {
    for (row, what) in [
        (",a,1,s", "There is no user in column user_id on line 3"),
        ("1,,1,s", "There is no item in column item_id on line 3"),
        ("1,a,,s", "There is no time in column timestamp on line 3"),
    ] {
        assert_parts(&refused(&with_header(&format!("1,a,1,s\n{row}\n"))), &[what]);
    }
}

#[test]
fn text_that_is_not_utf8_is_refused_with_line_and_column() {
    let folder = Folder::new();
    let path = folder.write("events.csv", [HEADER.as_bytes(), b"1,caf\xe9,1,s\n"].concat());
    assert_parts(&refusal(&request(&path)).to_string(), &["\"caf\u{fffd}\" in column item_id on line 2 is not UTF-8"]);
    let path = folder.write("header.csv", b"user_id,item_id,pr\xe9nom\n1,2,3\n");
    assert_parts(&refusal(&request(&path)).to_string(), &["not UTF-8 in column 3 of the header, line 1"]);
    let ignored = folder.write("ignored.csv", b"user_id,item_id,name\n1,2,caf\xe9\n");
    assert_eq!(items_of(&read(&request(&ignored)), "1"), ["2"], "columns without a role may hold anything");
}

#[test]
fn an_unreadable_weight_is_refused_with_line_and_column() {
    for weight in ["x", "-1", "inf", ""] {
        let message = refused(&format!("user_id,item_id,weight\n1,a,1.5\n1,b,{weight}\n"));
        assert_parts(&message, &["Cannot read the weight", &format!("{weight:?} in column weight on line 3")]);
    }
}

#[test]
fn a_quote_that_is_never_closed_is_refused_with_its_line() {
    assert_parts(
        &refused(&with_header("1,a,1,s\n1,\"b,2,s\n1,c,3,s\n")),
        &["The quote that opens on line 3 is never closed"],
    );
}

#[test]
fn a_line_that_is_no_json_object_is_refused_with_its_line() {
    let path = Folder::new();
    let events = path.write("e.jsonl", "{\"user_id\":1,\"item_id\":2}\n\n[1,2]\n");
    assert_parts(&refusal(&request(&events)).to_string(), &["Line 3 is not one JSON object", "\"[1,2]\""]);
}

#[test]
fn the_first_bad_row_of_the_file_is_named_whatever_its_kind() {
    let message = refused(&with_header("1,a,1,s\n1,b,x,s\n,c,3,s\n1,d\n"));
    assert_parts(&message, &["on line 3"]);
}

#[test]
fn bad_rows_may_be_skipped_with_a_warning() {
    let folder = Folder::new();
    let path = folder.write("events.csv", with_header("1,a,1,s\n1,b\n1,c,x,s\n1,d,4,s\n,e,5,s\n"));
    let dataset = read(&DataRequest { skip_bad_rows: true, ..request(&path) });
    assert_eq!(items_of(&dataset, "1"), ["a", "d"]);
    assert_eq!(dataset.users.len(), 1, "a user of bad rows alone is none");
    for (kind, line) in
        [(ProblemKind::ColumnCount, 3), (ProblemKind::UnreadableTime, 4), (ProblemKind::MissingValue, 6)]
    {
        let found = problem(&dataset, kind);
        assert_eq!((found.severity, found.count, found.first_line), (Severity::Warning, 1, Some(line)), "{kind:?}");
    }
}

#[test]
fn inspecting_tells_of_bad_rows_and_goes_on() {
    let folder = Folder::new();
    let path = folder.write("events.csv", with_header("1,a,1,s\n1,b\n1,c,2,s\n"));
    let dataset = inspected(&request(&path));
    assert_eq!(dataset.events.len(), 2);
    let found = problem(&dataset, ProblemKind::ColumnCount);
    assert_eq!((found.severity, found.count, found.first_line), (Severity::Error, 1, Some(3)));
    assert_eq!(dataset.problems[0].kind, ProblemKind::ColumnCount, "the worst comes first");
}

#[test]
fn items_missing_from_the_items_file_are_kept_with_a_warning() {
    let dataset = events_and_items(
        &with_header("1,a,1,s\n1,x,2,s\n2,y,3,t\n2,x,4,t\n"),
        "item_id,store_id,name\na,north,A\nb,south,B\n",
    );
    let found = problem(&dataset, ProblemKind::UnknownItem);
    assert_eq!((found.severity, found.count, found.first_line), (Severity::Warning, 2, Some(3)));
    assert_parts(&found.message, &["2 items in 3 events", "\"x\" on line 3"]);
    assert_eq!(dataset.catalogue.listed, 2);
    let items: Vec<&str> = dataset.catalogue.id_types[0].vocabulary.iter().collect();
    assert_eq!(items, ["a", "b", "x", "y"]);
    assert_eq!(dataset.catalogue.attributes.row(2).to_vec(), [2, u32::MAX]);
    assert_eq!(dataset.catalogue.labels.as_ref().unwrap()[2], None);
    assert_eq!(dataset.catalogue.descriptive.num_rows(), 4);
    assert_eq!(problem(&dataset, ProblemKind::ItemWithoutEvents).count, 1);
}

#[test]
fn the_first_row_of_a_repeated_item_counts() {
    let dataset = events_and_items("user_id,item_id\n1,a\n1,b\n", "item_id,store_id\na,north\nb,east\na,south\nb,x\n");
    let found = problem(&dataset, ProblemKind::RepeatedItem);
    assert_eq!((found.severity, found.count, found.first_line), (Severity::Warning, 2, Some(4)));
    assert_parts(&found.message, &["\"a\"", "line 4"]);
    let stores: Vec<&str> = dataset.catalogue.id_types[1].vocabulary.iter().collect();
    assert_eq!(stores, ["north", "east"]);
}

#[test]
fn files_without_rows_are_refused_as_empty() {
    let folder = Folder::new();
    for (name, content) in [("zero.csv", ""), ("header.csv", HEADER), ("blank.csv", "\n\n"), ("bom.csv", "\u{feff}")] {
        let error = refusal(&request(&folder.write(name, content)));
        assert!(matches!(&error, DatasetError::Empty(path) if path.ends_with(name)), "{name}: {error}");
    }
    let events = folder.write("e.csv", "user_id,item_id\n1,a\n1,b\n");
    let error = refusal(&with_items(&events, &folder.write("items.csv", "item_id,store_id\n")));
    assert!(matches!(&error, DatasetError::Empty(path) if path.ends_with("items.csv")), "{error}");
}

#[test]
fn a_missing_file_and_a_glob_without_match_are_refused_by_name() {
    let folder = Folder::new();
    for name in ["none.csv", "none-*.csv"] {
        let error = refusal(&request(&folder.path(name)));
        assert!(matches!(&error, DatasetError::NotFound(path) if path.ends_with(name)), "{error}");
    }
}

#[test]
fn what_is_no_table_is_refused_with_one_message() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("folder.csv")).unwrap();
    folder.write("junk.csv", b"\x00\x01\x02junk\xff\xfe");
    folder.write("junk.parquet", b"PAR1junk");
    folder.write("named.parquet", b"user_id,item_id\n1,2\n");
    folder.write("junk.arrow", b"ARROW1\0\0junk");
    folder.write("book.xlsx", b"PK\x03\x04rest");
    folder.write("wide.csv", b"\xff\xfeu\0s\0");
    folder.write("list.json", b"[{\"user_id\": 1}]");
    folder.write("junk.gz", b"\x1f\x8bjunk");
    for (name, part) in [
        ("folder.csv", "This is a folder"),
        ("junk.csv", "neither text nor Parquet"),
        ("junk.parquet", "The Parquet file is damaged"),
        ("named.parquet", "The name says Parquet"),
        ("junk.arrow", "The Arrow IPC file is damaged"),
        ("book.xlsx", "Excel workbook"),
        ("wide.csv", "UTF-16"),
        ("list.json", "one object {...} a line"),
        ("junk.gz", "compressed file breaks off or is damaged"),
    ] {
        let error = refusal(&request(&folder.path(name)));
        assert!(matches!(&error, DatasetError::Unreadable { .. }), "{name}: {error}");
        assert_parts(&error.to_string(), &[part, "\nFile: ", name]);
    }
}

#[test]
fn truncated_files_are_refused() {
    let folder = Folder::new();
    let sample = std::fs::read("assets/sample/events.parquet").unwrap();
    let path = folder.write("events.parquet", &sample[..sample.len() / 2]);
    assert_parts(&refusal(&request(&path)).to_string(), &["The Parquet file is damaged or breaks off"]);

    let rows: String = (0..80_000).map(|i| format!("{},{},{}\n", i % 7, i * 7919 % 1000, i)).collect();
    let text = format!("user_id,item_id,timestamp\n{rows}");
    let mut gzip = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    for packed in [zstd::encode_all(text.as_bytes(), 1).unwrap(), gzip.finish().unwrap()] {
        let path = folder.write("events.csv", &packed[..packed.len() / 2]);
        assert_parts(
            &refusal(&request(&path)).to_string(),
            &["The compressed file breaks off or is damaged after line "],
        );
    }
}

#[test]
fn columns_that_are_not_there_are_named_with_the_nearest_and_the_flag() {
    let message = refused("usr_id,item_id,price\n1,2,3\n");
    assert_parts(&message, &["\"user_id\"", "--user-col", "perhaps \"usr_id\"", "\"usr_id\", \"item_id\", \"price\""]);
    let folder = Folder::new();
    let path = folder.write("events.csv", "user_id,item_id,time\n1,2,3\n");
    let named = DataRequest { time_column: Some("tiem".into()), ..request(&path) };
    assert_parts(&refusal(&named).to_string(), &["\"tiem\" (--time-col); did you mean \"time\"?"]);
    let twice =
        DataRequest { session_column: Some("user_id".into()), user_column: Some("user_id".into()), ..request(&path) };
    assert_parts(&refusal(&twice).to_string(), &["two roles", "--session-col"]);
    let repeated = folder.write("repeated.csv", "user_id,item_id,item_id\n1,2,3\n");
    assert_parts(&refusal(&request(&repeated)).to_string(), &["Two columns are named \"item_id\""]);
    folder.write("part-1.csv", "user_id,item_id,time\n1,2,3\n");
    folder.write("part-2.csv", "user_id,item_id\n1,2\n");
    assert_parts(&refusal(&request(&folder.path("part-*.csv"))).to_string(), &["\"time\" in this file", "part-2.csv"]);
}

#[test]
fn users_with_one_event_each_are_a_warning() {
    let dataset = events("user_id,item_id\n1,a\n2,b\n");
    assert_eq!(problem(&dataset, ProblemKind::NoSequences).severity, Severity::Warning);
}
