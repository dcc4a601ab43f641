//! Questions that follow what the user looks at.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use idatlas::engine::jobs::{self, BesideRequest, SummarySubject};
use idatlas::engine::{
    Answer, BelongingRequest, Command, Event, Facet, JobKind, MapOnShow, NewItem, NewItemRequest, ProjectionRequest,
    Question, RowsRequest, Subject, SummaryRequest,
};
use idatlas::progress::Watch;
use idatlas::projection::{Pca, Places, ProjectionControl};
use idatlas::run::Run;

use super::fixture::{showing, wait};
use crate::run::fixture::run;

fn subject(table: &str, row: u32) -> Subject {
    Subject { table: table.to_owned(), row }
}

fn answer(run: &Run, question: &Question) -> Answer {
    jobs::answer(run, &OnceLock::new(), question, &Watch::unattended()).unwrap()
}

fn rows(run: &Run, table: &str, facet: Facet) -> Vec<u32> {
    let question = Question::Rows(RowsRequest { table: table.to_owned(), facet });
    match answer(run, &question) {
        Answer::Rows(_, rows) => rows.to_vec(),
        other => panic!("{other:?} answers {question:?}"),
    }
}

#[test]
fn a_part_of_a_chart_stands_for_the_rows_of_any_table() {
    let run = run();
    let acme = || Facet::Id(subject("brand", 0));
    assert_eq!(rows(&run, "item", acme()), [1, 2]);
    assert_eq!(rows(&run, "brand", acme()), [0]);
    assert_eq!(rows(&run, "user", acme()), [0, 1, 2], "all three users took a pan or a spoon");
    assert_eq!(rows(&run, "user", Facet::Id(subject("brand", 1))), [0]);
    assert_eq!(rows(&run, "item", Facet::Without("brand".to_owned())), [3]);
    assert_eq!(rows(&run, "brand", Facet::Id(subject("a/b", 0))), [0, 1]);
}

#[test]
fn what_belongs_to_rows_is_found_in_every_other_table_in_either_direction() {
    let run = run();
    let belonging = |from: &str, rows: &[u32], to: &[&str]| {
        let to = to.iter().map(|table| (*table).to_owned()).collect();
        let request = BelongingRequest { from: from.to_owned(), rows: rows.into(), to, pointed: false };
        match answer(&run, &Question::Belonging(request)) {
            Answer::Belonging(_, found) => found.iter().map(|rows| rows.to_vec()).collect::<Vec<_>>(),
            other => panic!("{other:?} answers it"),
        }
    };
    assert_eq!(belonging("item", &[1, 2], &["brand", "user"]), [vec![0], vec![0, 1, 2]]);
    assert_eq!(belonging("item", &[3], &["brand", "user"]), [vec![], vec![0]], "the pot has no brand");
    assert_eq!(belonging("brand", &[0], &["item", "a/b"]), [vec![1, 2], vec![0]]);
    assert_eq!(belonging("user", &[1], &["item", "brand"]), [vec![2], vec![0]]);
    assert_eq!(belonging("item", &[], &["brand", "user"]), [Vec::<u32>::new(), Vec::new()]);
}

#[test]
fn the_bars_of_a_histogram_share_out_the_items_that_have_a_value() {
    let run = run();
    let column = run.numeric_columns()[0].clone();
    let mut seen = BTreeSet::new();
    for bin in 0..24 {
        for row in rows(&run, "item", Facet::Bin { column: column.clone(), bin }) {
            assert!(seen.insert(row), "item {row} is in two bars");
        }
    }
    let values = run.numbers_of_items(&column).unwrap();
    let known =
        (0..).zip(&values).filter(|(_, value)| value.is_finite()).map(|(row, _)| row).collect::<BTreeSet<u32>>();
    assert_eq!(seen, known);
    let question = Question::Rows(RowsRequest {
        table: "item".to_owned(),
        facet: Facet::Bin { column: "weight".to_owned(), bin: 0 },
    });
    let error = jobs::answer(&run, &OnceLock::new(), &question, &Watch::unattended()).unwrap_err().to_string();
    assert!(error.contains("\"weight\"") && error.contains(&column), "{error}");
}

#[test]
fn the_engine_answers_the_newest_question_and_says_why_it_cannot() {
    let (engine, _folder) = showing(&run());
    let ask = |rows: &[u32]| {
        let rows = SummarySubject::Rows { table: "item".to_owned(), rows: rows.to_vec() };
        let request = SummaryRequest { subject: rows, listed: 5 };
        engine.send(Command::Ask(Question::Summary(request.clone())));
        request
    };
    ask(&[0, 1]);
    let newest = ask(&[1, 2]);
    wait(&engine, |event| match event {
        Event::Answered { answer: Answer::Summary(request, summary), generation } if request == newest => {
            assert_eq!((summary.items.items.as_slice(), generation), (&[1, 2][..], 1));
            assert_eq!(summary.items.types[0].ids[0].share, 1.0, "both are of one brand");
            Some(())
        }
        _ => None,
    });
    ask(&[0, 77]);
    let (kind, message) = wait(&engine, |event| match event {
        Event::Unanswered { kind, message } => Some((kind, message)),
        Event::Notice { message, .. } if message.contains("77") => panic!("it is told twice: {message}"),
        _ => None,
    });
    assert_eq!(kind, JobKind::Summarize);
    assert!(message.contains("row 77"), "{message}");
}

fn compose(run: &Run, attributes: &[(&str, u32)], map: Option<MapOnShow>) -> NewItem {
    let request = NewItemRequest {
        attributes: attributes.iter().map(|&(table, row)| subject(table, row)).collect(),
        neighbors_in: "item".to_owned(),
        k: 9,
        map,
    };
    match answer(run, &Question::NewItem(request)) {
        Answer::NewItem(_, found) => found.as_ref().clone(),
        other => panic!("{other:?} is about something else"),
    }
}

#[test]
fn a_new_item_lies_amid_the_items_that_share_its_attribute() {
    let run = run();
    let request = Arc::new(ProjectionRequest::pca("item".to_owned(), 2));
    let map = Pca::fit(run.model.target[0].view(), 2, &Watch::unattended()).unwrap().coordinates;
    let places = Arc::new(Places::of_map(map.view(), None, map.nrows()));
    let found = compose(&run, &[("brand", 0)], Some(MapOnShow { request, places: Arc::clone(&places) }));
    // Brand acme is carried by items 1 and 2, and PCA maps the mean of vectors to the mean of places.
    let expected = [0, 1].map(|axis| f32::midpoint(places.positions()[1][axis], places.positions()[2][axis]));
    let place = found.place.unwrap();
    for axis in 0..2 {
        assert!((place[axis] - expected[axis]).abs() < 1e-4, "{place:?}, the middle is {expected:?}");
    }
    let items = &run.model.target[0];
    let amid = (&items.row(1) + &items.row(2)) / 2.0;
    let cosine =
        |row: usize| items.row(row).dot(&amid) / (items.row(row).dot(&items.row(row)) * amid.dot(&amid)).sqrt();
    assert_eq!(found.neighbors.len(), items.nrows());
    assert!(found.neighbors.is_sorted_by(|a, b| a.score >= b.score), "{:?}", found.neighbors);
    for neighbor in &found.neighbors {
        assert!((neighbor.score - cosine(neighbor.row as usize)).abs() < 1e-5, "{neighbor:?}");
    }
}

#[test]
fn a_new_item_of_attributes_that_no_item_has_is_nowhere_and_an_unknown_one_is_refused() {
    let run = run();
    let found = compose(&run, &[], None);
    assert_eq!((found.neighbors.len(), found.place), (0, None));
    let request =
        NewItemRequest { attributes: vec![subject("brand", 99)], neighbors_in: "item".to_owned(), k: 3, map: None };
    let error = jobs::answer(&run, &OnceLock::new(), &Question::NewItem(request), &Watch::unattended()).unwrap_err();
    assert!(error.to_string().contains("row 99"), "{error}");
}

#[test]
fn the_map_of_another_run_lies_over_that_of_the_run_on_show_by_the_ids_in_common() {
    let first = run();
    let mut second = run();
    // The vectors are turned: the same neighbours, another map before it is laid over.
    let mut model = second.model.as_ref().clone();
    model.target[0].invert_axis(ndarray::Axis(1));
    second = second.with_model(std::sync::Arc::new(model));
    let request = ProjectionRequest::pca("item".to_owned(), 2);
    let watch = Watch::unattended();
    let made = jobs::project(&first, &request, &ProjectionControl::default(), &watch, &mut |_| {}).unwrap();
    let wanted = BesideRequest {
        run: std::sync::Arc::new(second.clone()),
        request: request.clone(),
        onto: made.coordinates.clone(),
    };
    let beside = jobs::project_beside(&first, &wanted, &watch).unwrap();
    assert_eq!(beside.result.request, request);
    for row in 0..4 {
        let own: Vec<f32> = made.coordinates.row(row).to_vec();
        let other = beside.as_first.get(row as u32).unwrap();
        assert!((0..2).all(|axis| (own[axis] - other[axis]).abs() < 1e-4), "row {row}: {own:?} {other:?}");
        assert_eq!(beside.shared.second(row as u32), Some(row as u32));
    }
    let change = jobs::neighbor_change(&first, &second, &subject("item", 1), 2).unwrap().unwrap();
    assert_eq!((change.gone.len(), change.come.len(), change.kept.len()), (0, 0, 2));
    let unknown = jobs::neighbor_change(&first, &second, &subject("item", 9), 2).unwrap_err().to_string();
    assert!(unknown.contains("row 9"), "{unknown}");
}
