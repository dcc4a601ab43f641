//! The mirrors of a t-SNE's shaders composed: the kernel runs of a map on the CPU, one after another.

use std::collections::BTreeMap;

use bytemuck::pod_read_unaligned;

use super::*;
use crate::gpu::program::{Pass, Program, Slot};

/// Runs `program`, of [`crate::gpu::tsne`], on `slots`; words lie in them as the floats of the same bits.
pub fn run_map(program: &Program, slots: &mut BTreeMap<Slot, Vec<f32>>) {
    for pass in &program.passes {
        let names = pass.stage.slots;
        let mut buffers: Vec<Vec<f32>> = names.iter().map(|slot| slots.remove(slot).unwrap_or_default()).collect();
        run_mirror(pass, &mut buffers);
        slots.extend(names.iter().copied().zip(buffers));
    }
}

fn run_mirror(pass: &Pass, buffers: &mut [Vec<f32>]) {
    macro_rules! params {
        () => {
            &pod_read_unaligned(&pass.params)
        };
    }
    match (pass.stage.source.label, buffers) {
        ("tsne_push", [places, pushes]) => tsne_push::tsne_push(params!(), places, pushes),
        ("tsne_pull", [starts, columns, values, places, pulls]) => {
            tsne_pull::tsne_pull(params!(), starts, columns, values, places, pulls);
        }
        ("tsne_sums", [values, parts]) => tsne_sums::tsne_sums(params!(), values, parts),
        ("tsne_move", [parts, pulls, pushes, steps, gains, places]) => {
            tsne_move::tsne_move(params!(), parts, pulls, pushes, steps, gains, places);
        }
        ("tsne_centre", [parts, places]) => tsne_centre::tsne_centre(params!(), parts, places),
        ("tsne_bounds", [places, parts]) => tsne_bounds::tsne_bounds(params!(), places, parts),
        ("tsne_spread", [places, charges]) => tsne_spread::tsne_spread(params!(), places, charges),
        ("tsne_rows", [_, charges, spectrum]) => tsne_rows::tsne_rows(params!(), charges, spectrum),
        ("tsne_columns", [_, kernel, spectrum, convolved]) => {
            tsne_columns::tsne_columns(params!(), kernel, spectrum, convolved);
        }
        ("tsne_rows_back", [_, convolved, potential]) => {
            tsne_rows_back::tsne_rows_back(params!(), convolved, potential);
        }
        ("tsne_gather", [places, potential, own, pushes]) => {
            tsne_gather::tsne_gather(params!(), places, potential, own, pushes);
        }
        (label, buffers) => unreachable!("no mirror of {label} on {} buffers", buffers.len()),
    }
}
