//! Reads `tests/golden/*.json` of kind "objective" (see `tests/golden/README.md`).

use std::path::Path;

use idatlas::dataset::ItemAttributes;
use idatlas::embedding::Model;
use idatlas::objective::{AdamConstants, Batch, LossParts, Negatives, Objective, Optimizer, Regulariser, Structure};
use ndarray::Array2;
use serde_json::Value;

/// Tables of float64 numbers in the shape of a [`Model`].
#[derive(Debug, Clone)]
pub struct Tables {
    pub target: Vec<Array2<f64>>,
    pub context: Vec<Array2<f64>>,
    pub transfer: Vec<Array2<f64>>,
}

/// What one optimiser does on batches 0, 1, 2.
#[derive(Debug, Clone)]
pub struct AdamExpectation {
    pub after_1: Tables,
    pub after_3: Tables,
    /// Losses on batches 0, 1, 2, each just before its step.
    pub loss_before_step: Vec<LossParts>,
}

/// One golden file.
#[derive(Debug, Clone)]
pub struct ObjectiveCase {
    /// The file's stem.
    pub name: String,
    /// With [`Optimizer::AdamLazy`]; change `optimizer` for the dense expectation.
    pub objective: Objective,
    pub learning_rate: f32,
    pub attributes: ItemAttributes,
    /// The start, in f32 as backends take it.
    pub model: Model,
    pub batches: Vec<Batch>,
    /// [pairs] logit of each pair of batch 0.
    pub positive_logits: Vec<f64>,
    /// [pairs x S] logits of the negatives of batch 0.
    pub negative_logits: Vec<f64>,
    /// [centres][1 or K - 1] structural logits z(i, i) of batch 0; `None` where the attribute is missing.
    pub struct_logits: Vec<Vec<Option<f64>>>,
    pub loss: LossParts,
    pub gradient: Tables,
    /// [K] rows of E and of C that a lazy optimiser may move.
    pub touched_target: Vec<Vec<u32>>,
    pub touched_context: Vec<Vec<u32>>,
    pub dense: AdamExpectation,
    pub lazy: AdamExpectation,
}

/// Every objective file, by name.
pub fn objective_cases() -> Vec<ObjectiveCase> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let cases: Vec<_> = paths
        .iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
        .filter(|file: &Value| file["kind"] == "objective")
        .map(|file| case(&file))
        .collect();
    assert_eq!(cases.len(), 15, "the objective files of tests/golden");
    cases
}

fn case(file: &Value) -> ObjectiveCase {
    let (hyper, inputs, expected) = (&file["hyper"], &file["inputs"], &file["expected"]);
    let dims: Vec<usize> = numbers(&file["dims"]).into_iter().map(|dim| dim as usize).collect();
    let rows: Vec<usize> = numbers(&file["dict_sizes"]).into_iter().map(|rows| rows as usize).collect();
    let start = tables(inputs, &rows, &dims);
    let ids = matrix(&inputs["attrs"], rows[0], dims.len());
    let weights = matrix(&inputs["weights"], rows[0], dims.len());
    let logits: Vec<&Value> =
        array(&expected["logits_batch0"]).iter().flat_map(|centre| array(centre).iter()).collect();
    ObjectiveCase {
        name: file["name"].as_str().unwrap().to_owned(),
        objective: Objective {
            alpha: number(&hyper["alpha"]) as f32,
            beta: number(&hyper["beta"]) as f32,
            regulariser: if hyper["reg"] == "l2sq" { Regulariser::L2sq } else { Regulariser::L2 },
            structure: if hyper["structure"] == "per-type" { Structure::PerType } else { Structure::Joint },
            optimizer: Optimizer::AdamLazy,
            adam: AdamConstants {
                beta1: number(&hyper["beta1"]) as f32,
                beta2: number(&hyper["beta2"]) as f32,
                epsilon: number(&hyper["eps"]) as f32,
            },
        },
        learning_rate: number(&hyper["lr"]) as f32,
        attributes: ItemAttributes {
            ids: ids.mapv(|id| if id < 0.0 { ItemAttributes::MISSING } else { id as u32 }),
            weights: weights.mapv(|weight| weight as f32),
        },
        model: Model {
            target: to_f32(&start.target),
            context: to_f32(&start.context),
            transfer: to_f32(&start.transfer),
        },
        batches: array(&inputs["batches"]).iter().map(|value| batch(value, number(&hyper["S"]) as usize)).collect(),
        positive_logits: logits.iter().map(|pair| number(&pair["pos"])).collect(),
        negative_logits: logits.iter().flat_map(|pair| numbers(&pair["neg"])).collect(),
        struct_logits: array(&expected["struct_logits_batch0"])
            .iter()
            .map(|centre| match centre {
                Value::Array(types) => types.iter().map(Value::as_f64).collect(),
                joint => vec![joint.as_f64()],
            })
            .collect(),
        loss: loss(&expected["loss_batch0"]),
        gradient: tables(&expected["grad_batch0"], &rows, &dims),
        touched_target: touched(&expected["touched_rows_batch0"]["E"]),
        touched_context: touched(&expected["touched_rows_batch0"]["C"]),
        dense: adam(&expected["adam"]["dense"], &rows, &dims),
        lazy: adam(&expected["adam"]["lazy"], &rows, &dims),
    }
}

fn batch(centres: &Value, negatives_per_pair: usize) -> Batch {
    let centres = array(centres);
    let mut batch = Batch {
        centres: Vec::new(),
        context_offsets: vec![0],
        contexts: Vec::new(),
        negatives: Negatives::PerPair { per_pair: negatives_per_pair, items: Vec::new() },
        struct_centres: centres.len(),
        struct_negatives: Vec::new(),
    };
    let mut negatives = Vec::new();
    for centre in centres {
        batch.centres.push(number(&centre["item"]) as u32);
        batch.contexts.extend(numbers(&centre["contexts"]).into_iter().map(|item| item as u32));
        batch.context_offsets.push(batch.contexts.len() as u32);
        for pair in array(&centre["negatives"]) {
            let drawn = numbers(pair);
            assert_eq!(drawn.len(), negatives_per_pair);
            negatives.extend(drawn.into_iter().map(|item| item as u32));
        }
        if let Some(drawn) = centre.get("struct_negatives") {
            batch.struct_negatives.extend(numbers(drawn).into_iter().map(|item| item as u32));
        }
    }
    assert_eq!(
        batch.struct_negatives.len() % batch.centres.len(),
        0,
        "the same number of structural negatives a centre"
    );
    batch.negatives = Negatives::PerPair { per_pair: negatives_per_pair, items: negatives };
    batch
}

fn adam(value: &Value, rows: &[usize], dims: &[usize]) -> AdamExpectation {
    AdamExpectation {
        after_1: tables(&value["after_1"], rows, dims),
        after_3: tables(&value["after_3"], rows, dims),
        loss_before_step: array(&value["loss_before_step"]).iter().map(loss).collect(),
    }
}

fn tables(value: &Value, rows: &[usize], dims: &[usize]) -> Tables {
    let side = |name: &str| (0..dims.len()).map(|k| matrix(&value[name][k], rows[k], dims[k])).collect();
    Tables {
        target: side("E"),
        context: side("C"),
        transfer: (1..dims.len()).map(|k| matrix(&value["M"][k - 1], dims[0], dims[k])).collect(),
    }
}

fn loss(value: &Value) -> LossParts {
    LossParts { pair: number(&value["pair"]), structure: number(&value["struct"]), regulariser: number(&value["reg"]) }
}

fn touched(value: &Value) -> Vec<Vec<u32>> {
    array(value).iter().map(|rows| numbers(rows).into_iter().map(|row| row as u32).collect()).collect()
}

fn matrix(value: &Value, rows: usize, columns: usize) -> Array2<f64> {
    let flat: Vec<f64> = array(value).iter().flat_map(numbers).collect();
    Array2::from_shape_vec((rows, columns), flat).unwrap()
}

fn to_f32(tables: &[Array2<f64>]) -> Vec<Array2<f32>> {
    tables.iter().map(|table| table.mapv(|value| value as f32)).collect()
}

fn array(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    array(value).iter().map(number).collect()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}
