//! The step of each point of a t-SNE map.

use super::bindings::{Binding, Element::*};
use super::pipeline::{Source, include, params};

params! {
    /// Uniforms of `tsne_move.wgsl`.
    Params {
        /// Points.
        count: u32,
        /// Factor on the attraction.
        exaggeration: f32,
        /// Step size.
        learning_rate: f32,
        /// Share of the last step that is kept.
        momentum: f32,
        /// No point moves further, in units of the map.
        longest_step: f32,
        /// Added to gains that shrink.
        least_gain: f32,
        /// Z is at least this.
        least_norm: f32,
    }
}

/// `tsne_move.wgsl`; bindings: parts (of the pushes' sum), pulls, pushes, steps, gains, places.
pub const SOURCE: Source = Source {
    stem: "tsne_move",
    label: "tsne_move",
    params: Params::WGSL,
    includes: [&[include::DISPATCH, include::TOTAL], &[]],
    body: include_str!("../../../shaders/tsne_move.wgsl"),
    bindings: [
        &[
            Binding::read("parts", Vec4),
            Binding::read("pulls", Vec4),
            Binding::read("pushes", Vec4),
            Binding::write("steps", Vec4),
            Binding::write("gains", Vec4),
            Binding::write("places", Vec4),
        ],
        &[],
    ],
};
