//! Which column plays which role.

use idatlas::dataset::{ColumnRole, DataRequest, ProblemKind, Severity};

use super::{Folder, events, events_and_items, items_of, problem, read, refusal, with_items};

const EVENTS: &str = "user_id,item_id\n1,a\n1,b\n1,c\n";

fn type_names(dataset: &idatlas::dataset::Dataset) -> Vec<&str> {
    dataset.catalogue.id_types.iter().map(|t| t.name.as_str()).collect()
}

#[test]
fn columns_are_found_by_common_names_in_any_case() {
    for header in [
        "user_id,item_id,timestamp,session_id",
        "Customer ID,SKU,Date,Basket",
        "CustomerID,StockCode,InvoiceDate,InvoiceNo",
        "household_id,product_id,datetime,basket_id",
        "VISITOR,article_id,event_time,Order Id",
    ] {
        let dataset = events(&format!("{header}\nu,a,2017-01-01,s\nu,b,2017-01-02,s\n"));
        let roles: Vec<_> = dataset.event_columns.iter().map(|(_, role)| role.clone()).collect();
        let expected = [ColumnRole::User, ColumnRole::Item, ColumnRole::Time, ColumnRole::Session].map(Some);
        assert_eq!(roles, expected, "{header}");
    }
}

#[test]
fn a_product_is_the_item_only_where_there_is_no_item() {
    let dataset = events("user_id,product_id,item_id\n1,p,a\n");
    assert_eq!(items_of(&dataset, "1"), ["a"]);
    assert_eq!(dataset.event_columns[1].1, None, "other columns of the events are ignored");
}

#[test]
fn the_items_are_matched_by_the_events_column_first() {
    let dataset = events_and_items("user_id,product_id\n1,p\n1,q\n", "item_id,product_id,brand_id\nx,p,m\ny,q,n\n");
    assert_eq!(type_names(&dataset), ["item", "item_id", "brand"], "the name \"item\" is taken");
    assert_eq!(dataset.catalogue.id_types[0].column, "product_id");
    assert_eq!(dataset.catalogue.listed, 2);
}

#[test]
fn every_other_id_column_of_the_items_is_a_type() {
    let dataset =
        events_and_items(EVENTS, "item_id,store_id,brand_ID,name,price,identity\na,s,m,A,1,x\nb,s,,B,,y\nc,t,n,,3,z\n");
    assert_eq!(type_names(&dataset), ["item", "store", "brand"]);
    assert_eq!(dataset.catalogue.id_types[2].missing, 1);
    assert_eq!(dataset.catalogue.attributes.row(1).to_vec(), [1, 0, u32::MAX]);
    let labels = dataset.catalogue.labels.clone().unwrap();
    assert_eq!(labels, [Some("A".to_owned()), Some("B".to_owned()), None]);
    let described = dataset.catalogue.descriptive.schema();
    let names: Vec<&str> = described.fields().iter().map(|f| f.name().as_str()).collect();
    assert_eq!(names, ["name", "price", "identity"]);
}

#[test]
fn named_id_types_replace_the_rule() {
    let folder = Folder::new();
    let e = folder.write("events.csv", EVENTS);
    let i = folder.write("items.csv", "item_id,store_id,colour\na,s,red\nb,t,red\nc,s,blue\n");
    let id_types = vec![("item".to_owned(), "item_id".to_owned()), ("hue".to_owned(), "colour".to_owned())];
    let dataset = read(&DataRequest { id_types, ..with_items(&e, &i) });
    assert_eq!(type_names(&dataset), ["item", "hue"]);
    let roles = dataset.item_columns.clone().unwrap();
    assert_eq!(roles[1], ("store_id".to_owned(), Some(ColumnRole::Descriptive)));
    assert_eq!(roles[2], ("colour".to_owned(), Some(ColumnRole::IdType("hue".to_owned()))));
    for (name, column, part) in [
        ("hue", "color", "\"color\" (--id-type); did you mean \"colour\"?"),
        ("user", "colour", "kept for the items and users"),
        ("a/b", "colour", "cannot name an ID type"),
    ] {
        let id_types = vec![(name.to_owned(), column.to_owned())];
        let message = refusal(&DataRequest { id_types, ..with_items(&e, &i) }).to_string();
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn a_type_without_ids_is_left_out_with_a_warning() {
    let dataset = events_and_items(EVENTS, "item_id,store_id,brand_id,shop_id\na,,m,\nb,,m,\nc,,n,\n");
    assert_eq!(type_names(&dataset), ["item", "brand"]);
    let found = problem(&dataset, ProblemKind::EmptyType);
    assert_eq!((found.severity, found.count), (Severity::Warning, 2));
    assert!(found.message.contains("store (column store_id) or shop (column shop_id)"), "{}", found.message);
    assert_eq!(dataset.item_columns.unwrap()[1].1, None);
}

#[test]
fn a_type_that_repeats_another_is_kept_with_a_warning() {
    let dataset = events_and_items(EVENTS, "item_id,product_id,brand_id,maker_id\na,1,m,x\nb,2,m,x\nc,3,n,y\n");
    assert_eq!(type_names(&dataset), ["item", "product", "brand", "maker"]);
    let found = problem(&dataset, ProblemKind::DuplicateType);
    assert_eq!((found.severity, found.count), (Severity::Warning, 2));
    assert!(found.message.contains("product (column product_id) repeats item"), "{}", found.message);
    assert!(found.message.contains("maker (column maker_id) repeats brand"), "{}", found.message);
}

#[test]
fn without_an_items_file_the_item_is_the_only_type() {
    let dataset = events("user_id,item_id,store_id\n1,a,s\n");
    assert_eq!(type_names(&dataset), ["item"]);
    assert_eq!((dataset.catalogue.listed, dataset.catalogue.item_count()), (0, 1));
    assert_eq!(dataset.item_columns, None);
}

#[test]
fn without_time_and_session_columns_that_is_said() {
    let dataset = events("user_id,item_id\n1,b\n2,x\n1,a\n");
    assert_eq!(items_of(&dataset, "1"), ["b", "a"]);
    assert_eq!(dataset.events.time, [0, 2, 1]);
    assert!(!dataset.events.has_time);
    assert_eq!(problem(&dataset, ProblemKind::NoTime).severity, Severity::Note);
    let sessions = problem(&dataset, ProblemKind::InferredSessions);
    assert!(sessions.message.contains("each user's history is one session"), "{}", sessions.message);
    assert_eq!(dataset.session_count, 2);
}

#[test]
fn sessions_are_told_apart_by_rests_where_there_is_no_column() {
    let dataset = events("user_id,item_id,time\n1,a,2017-01-01 10:00\n1,b,2017-01-01 10:30\n1,c,2017-01-01 11:01\n");
    assert_eq!(dataset.events.session, [0, 0, 1]);
    assert!(dataset.sessions.is_empty());
    assert_eq!(problem(&dataset, ProblemKind::InferredSessions).count, 2);
}

#[test]
fn rows_without_a_session_are_kept_with_a_warning() {
    let dataset = events("user_id,item_id,time,session\n1,a,1,s\n1,b,2,\n1,c,3,\n");
    let found = problem(&dataset, ProblemKind::MissingValue);
    assert_eq!((found.severity, found.count, found.first_line), (Severity::Warning, 2, Some(3)));
    assert_eq!(dataset.session_count, 2);
}

#[test]
fn weights_are_kept_in_the_events_order() {
    let dataset = events("user_id,item_id,time,weight\n1,a,5,0.5\n1,b,2,2\n");
    assert_eq!(dataset.events.weight, Some(vec![2.0, 0.5]));
}
