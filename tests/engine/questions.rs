//! Questions that follow what the user looks at.

use std::collections::BTreeSet;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use idatlas::engine::jobs::{self, BesideRequest, SummarySubject};
use idatlas::engine::{
    Answer, BelongingRequest, Command, Engine, Event, Facet, JobKind, ProjectionRequest, Question, RowsRequest,
    Subject, SummaryRequest,
};
use idatlas::progress::Watch;
use idatlas::projection::ProjectionControl;
use idatlas::run::Run;

use crate::run::fixture::run;

const PATIENCE: Duration = Duration::from_secs(60);

/// An engine that shows a run.
fn showing(run: &Run) -> (Engine, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    run.write(folder.path()).unwrap();
    let engine = Engine::start(|| {});
    engine.send(Command::OpenRun(folder.path().to_owned()));
    wait(&engine, |event| matches!(event, Event::RunReady { .. }).then_some(()));
    (engine, folder)
}

fn wait<T>(engine: &Engine, wanted: impl Fn(Event) -> Option<T>) -> T {
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        match engine.poll().map(&wanted) {
            Some(Some(found)) => return found,
            Some(None) => {}
            None => std::thread::sleep(Duration::from_millis(2)),
        }
    }
    panic!("the event did not come");
}

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
