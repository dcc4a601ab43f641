//! How far neighbourhoods change while a model trains, and hit rates by attribute ID.

use std::sync::Arc;

use idatlas::objective::Backend;
use idatlas::training::cpu::CpuBackend;
use idatlas::training::{
    CheckedHyperparameters, Churn, ChurnPoint, LiveEvaluation, PinnedId, TrainControl, TrainEvent, Trained, Trainer,
    initialise,
};

use idatlas::dataset::Corpus;

use super::fixture::{checked, evaluation, ring};
use super::live::corpus_with_holdout;

const SMALL: &[(&str, &str)] =
    &[("batch_size", "64"), ("epochs", "3"), ("evaluate_every", "400"), ("negative_sharing", "pair")];

fn backend(corpus: &Corpus, values: &CheckedHyperparameters) -> Box<dyn Backend> {
    let model = initialise(corpus, values);
    Box::new(CpuBackend::new(model, corpus.attributes.clone(), values.objective(), 2))
}

fn trainer(corpus: &Arc<Corpus>, values: &CheckedHyperparameters) -> Trainer {
    Trainer::new(Arc::clone(corpus), values.clone(), backend(corpus, values))
}

fn churn(corpus: &Corpus) -> Churn {
    Churn::new(corpus.attributes.item_count(), 1)
}

fn points(trained: &Trained) -> Vec<ChurnPoint> {
    trained.curve.iter().filter_map(|point| point.churn).collect()
}

#[test]
fn churn_is_in_the_curve_without_held_out_events_and_changes_no_bit() {
    let corpus = ring(50, 20, 30);
    let values = checked(&corpus, SMALL);
    let control = TrainControl::default();
    control.pin([PinnedId { type_index: 0, row: 3 }, PinnedId { type_index: 1, row: 1 }]);
    let run = |trainer: Trainer, control: &TrainControl| trainer.run(control, &mut |_| {}).unwrap();
    let with = run(trainer(&corpus, &values).with_churn(churn(&corpus)), &control);
    let without = run(trainer(&corpus, &values), &TrainControl::default());
    assert_eq!(with.model, without.model);
    assert_eq!(with.state, without.state);
    assert!(points(&without).is_empty());
    let points = points(&with);
    assert!(points.len() > 5, "{points:?}");
    let is_share = |value: f64| (0.0..=1.0).contains(&value);
    assert!(points.iter().all(|point| is_share(point.jaccard_at_10)), "{points:?}");
    assert!(points.iter().all(|point| point.pinned_jaccard_at_10.is_some_and(is_share)), "{points:?}");
    let mean =
        |points: &[ChurnPoint]| points.iter().map(|point| point.jaccard_at_10).sum::<f64>() / points.len() as f64;
    let (first, last) = points.split_at(points.len() / 2);
    assert!(mean(last) > mean(first), "a falling learning rate settles neighbourhoods: {points:?}");
}

#[test]
fn where_the_learning_rate_is_next_to_nothing_every_neighbour_is_kept() {
    let corpus = ring(50, 20, 30);
    let values = checked(&corpus, &[SMALL, &[("learning_rate", "1e-12"), ("optimizer", "sgd")]].concat());
    let trained =
        trainer(&corpus, &values).with_churn(churn(&corpus)).run(&TrainControl::default(), &mut |_| {}).unwrap();
    let points = points(&trained);
    let kept = ChurnPoint { jaccard_at_10: 1.0, pinned_jaccard_at_10: None };
    assert!(points.len() > 5 && points.iter().all(|point| *point == kept), "{points:?}");
}

#[test]
fn hit_rates_by_attribute_are_told_while_it_trains_and_are_those_of_the_evaluation() {
    let corpus = corpus_with_holdout();
    let values = checked(&corpus, SMALL);
    let live = LiveEvaluation::new(Arc::clone(&corpus), &values, usize::MAX).unwrap();
    let mut told = Vec::new();
    let trained = trainer(&corpus, &values)
        .with_live_evaluation(live)
        .run(&TrainControl::default(), &mut |event| {
            if let TrainEvent::Segments(segments) = event {
                told.push(segments);
            }
        })
        .unwrap();
    let measured = trained.curve.iter().filter(|point| point.held_out.is_some()).count();
    assert!(told.len() >= measured && measured > 3, "{} told, {measured} measured", told.len());
    let report = evaluation(&corpus, &values, &trained.model);
    let last = told.last().unwrap();
    assert!(!last.types.is_empty());
    for of in &last.types {
        assert_eq!(of.segments, report.by_segment[&of.name], "{}", of.name);
    }
}
