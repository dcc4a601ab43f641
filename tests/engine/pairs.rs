//! Two IDs beside each other, filters of near IDs, analogies, IDs by text.

use std::sync::{Arc, OnceLock};

use idatlas::embedding::{Model, composed_context_vectors, composed_target_vectors};
use idatlas::engine::jobs::{self, Explanation, NotKnown};
use idatlas::engine::{
    AnalogyRequest, Answer, ExplanationRequest, IdsRequest, InspectionRequest, NearFilter, Question, Subject,
};
use idatlas::neighbors::Metric;
use idatlas::progress::Watch;
use idatlas::run::Run;
use ndarray::{Array2, ArrayView1};

use crate::noise;
use crate::run::fixture;

/// The run of the fixture with vectors of an ordinary size.
fn run() -> Run {
    let mut next = noise::symmetric(11);
    let mut table = |rows: usize, dims: usize| Array2::from_shape_simple_fn((rows, dims), &mut next);
    let model = Model {
        target: vec![table(4, 4), table(2, 3), table(1, 1)],
        context: vec![table(4, 4), table(2, 3), table(1, 1)],
        transfer: vec![table(4, 3), table(4, 1)],
    };
    fixture::run().with_model(Arc::new(model))
}

fn subject(table: &str, row: u32) -> Subject {
    Subject { table: table.to_owned(), row }
}

fn explain(run: &Run, a: Subject, b: Subject) -> Explanation {
    let question = Question::Explanation(ExplanationRequest { pair: [a, b], listed: 20 });
    match jobs::answer(run, &OnceLock::new(), &question, &Watch::unattended()).unwrap() {
        Answer::Explanation(_, found) => found.as_ref().clone(),
        other => panic!("{other:?} answers {question:?}"),
    }
}

fn near(run: &Run, of: Subject, neighbors_in: &str, filter: Option<NearFilter>) -> Vec<u32> {
    let request =
        InspectionRequest { subject: of, neighbors_in: neighbors_in.to_owned(), k: 99, metric: Metric::Cosine, filter };
    jobs::inspect(run, &request).unwrap().neighbors.iter().map(|neighbor| neighbor.row).collect()
}

#[test]
fn the_parts_of_a_score_sum_to_the_product_of_the_composed_vectors() {
    let run = run();
    let (target, context) = (
        composed_target_vectors(&run.model, &run.attributes).mapv(f64::from),
        composed_context_vectors(&run.model, &run.attributes).mapv(f64::from),
    );
    for i in 0..4_u32 {
        for j in (0..4_u32).filter(|&j| j != i) {
            let scores = explain(&run, subject("item", i), subject("item", j)).scores.unwrap();
            for (score, (centre, near)) in scores.iter().zip([(i, j), (j, i)]) {
                let whole = target.row(centre as usize).dot(&context.row(near as usize));
                assert!((score.total() - whole).abs() < 1e-6, "{centre}, {near}: {} is not {whole}", score.total());
                assert_eq!(score.parts.len(), 3);
                assert_eq!(score.parts[1].is_none(), i == 3 || j == 3, "the pot has no brand");
            }
        }
    }
    assert_eq!(explain(&run, subject("item", 0), subject("brand", 0)).scores, None);
}

#[test]
fn ranks_are_places_in_the_lists_of_neighbours() {
    let run = run();
    for (a, b) in [(subject("item", 0), subject("item", 3)), (subject("item", 2), subject("brand", 1))] {
        let found = explain(&run, a.clone(), b.clone());
        for (from, to, rank) in [(&a, &b, found.ranks[0]), (&b, &a, found.ranks[1])] {
            let list = near(&run, from.clone(), &to.table, None);
            let place = list.iter().position(|&row| row == to.row).unwrap() + 1;
            assert_eq!(rank, (place, list.len()), "{to:?} near {from:?}");
        }
    }
}

#[test]
fn what_two_items_share_and_where_they_differ_is_told_by_name() {
    let found = explain(&run(), subject("item", 1), subject("item", 3));
    let told: Vec<_> = found.attributes.iter().map(|pair| (pair.name.as_str(), pair.is_shared())).collect();
    assert_eq!(told, [("brand", false), ("a/b", true), ("title", false), ("brand_", false)]);
    let brand = &found.attributes[0].values;
    assert_eq!(brand[0], Some(("acme".to_owned(), Some(subject("brand", 0)))));
    assert_eq!(brand[1], None, "the pot has none");
}

#[test]
fn sessions_with_both_are_counted_and_listed_where_the_run_knows_them() {
    let mut run = run();
    let together = explain(&run, subject("item", 0), subject("item", 1)).together.unwrap();
    assert_eq!((together.baskets, together.with, together.both), (4, [1, 2], 1));
    assert_eq!(together.expected, 0.5);
    assert_eq!(together.listed.iter().map(|one| (one.user, one.time)).collect::<Vec<_>>(), [(0, Some(100))]);
    let brands = explain(&run, subject("brand", 0), subject("item", 3)).together.unwrap();
    assert_eq!((brands.with, brands.both), ([4, 1], 1), "a basket holds a brand if it holds one of its items");
    assert_eq!(explain(&run, subject("item", 0), subject("user", 1)).together, Err(NotKnown::User));
    run.baskets = None;
    assert_eq!(explain(&run, subject("item", 0), subject("item", 1)).together, Err(NotKnown::NotKept));
}

#[test]
fn near_ids_are_filtered_by_what_they_carry() {
    let run = run();
    let pan = || subject("item", 1);
    let sorted = |mut rows: Vec<u32>| {
        rows.sort_unstable();
        rows
    };
    let same = |name: &str| Some(NearFilter::Same(name.to_owned()));
    let other = |name: &str| Some(NearFilter::Other(name.to_owned()));
    assert_eq!(near(&run, pan(), "item", same("brand")), [2], "the spoon is of acme too");
    assert_eq!(sorted(near(&run, pan(), "item", other("brand"))), [0, 3]);
    assert_eq!(near(&run, pan(), "item", Some(NearFilter::Id(subject("brand", 1)))), [0]);
    assert!(near(&run, subject("item", 3), "item", same("brand")).is_empty(), "the pot has no brand");
    assert_eq!(near(&run, pan(), "brand", same("brand")), [0]);
    assert_eq!(near(&run, subject("brand", 0), "item", other("brand")).len(), 2);
    let all = near(&run, pan(), "item", None);
    let kept: Vec<u32> = all.iter().copied().filter(|row| [0, 3].contains(row)).collect();
    assert_eq!(near(&run, pan(), "item", other("brand")), kept, "the order stays");
}

#[test]
fn an_analogy_is_completed_by_the_nearest_to_a_minus_b_plus_c() {
    let run = run();
    let complete = |neighbors_in: &str| {
        let terms = [subject("item", 0), subject("item", 1), subject("item", 2)];
        let request = AnalogyRequest { terms, neighbors_in: neighbors_in.to_owned(), k: 9 };
        match jobs::answer(&run, &OnceLock::new(), &Question::Analogy(request), &Watch::unattended()).unwrap() {
            Answer::Analogy(_, rows) => rows.iter().map(|row| (row.row, row.score)).collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        }
    };
    let unit = |row: ArrayView1<'_, f32>| {
        let row = row.mapv(f64::from);
        let length = row.dot(&row).sqrt();
        row / length
    };
    let items = &run.model.target[0];
    let query = unit(items.row(0)) - unit(items.row(1)) + unit(items.row(2));
    let cosine = |row: ArrayView1<'_, f32>| unit(row).dot(&query) / query.dot(&query).sqrt();
    let own = complete("item");
    assert_eq!(own.iter().map(|(row, _)| *row).collect::<Vec<_>>(), [3], "its terms are no answers");
    assert!((f64::from(own[0].1) - cosine(items.row(3))).abs() < 1e-5, "{own:?}");
    let mut users: Vec<(u32, f64)> = (0..).zip(run.users.vectors.rows()).map(|(row, v)| (row, cosine(v))).collect();
    users.sort_by(|a, b| b.1.total_cmp(&a.1));
    let found = complete("user");
    assert_eq!(
        found.iter().map(|(row, _)| *row).collect::<Vec<_>>(),
        users.iter().map(|(row, _)| *row).collect::<Vec<_>>()
    );
}

#[test]
fn a_text_finds_ids_and_labels_of_every_table_the_likeliest_first() {
    let run = run();
    let find = |text: &str, table: Option<&str>| {
        let request = IdsRequest { text: text.to_owned(), table: table.map(str::to_owned), most: 5 };
        let answer = jobs::answer(&run, &OnceLock::new(), &Question::Ids(request), &Watch::unattended());
        answer.map(|answer| match answer {
            Answer::Ids(_, found) => found.iter().map(|one| one.id.clone()).collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        })
    };
    assert_eq!(find("7", None).unwrap(), ["007"]);
    assert_eq!(find(" PAN", None).unwrap(), ["pan"]);
    assert_eq!(find("p", Some("item")).unwrap(), ["pan", "pot 1", "spoon"], "those that begin with it come first");
    assert_eq!(find("e", Some("brand")).unwrap(), ["acme", "zeta"]);
    assert!(find("", None).unwrap().is_empty());
    assert!(find("x", Some("colour")).unwrap_err().to_string().contains("\"colour\""));
}
