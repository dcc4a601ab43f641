//! What optimisers' uniforms say of one step, declared once for all of them.

use crate::objective::AdamConstants;

/// What the optimisers' uniforms say of one step.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct StepConstants {
    /// Step size.
    pub learning_rate: f32,
    /// Decays and epsilon.
    pub adam: AdamConstants,
    /// 1 / (1 - beta1^t).
    pub correction1: f32,
    /// 1 / (1 - beta2^t).
    pub correction2: f32,
}

/// [`params!`](super::pipeline::params) with the constants of a step behind the other uniforms.
macro_rules! step_params {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $kind:ident,)* }) => {
        $crate::gpu::kernels::pipeline::params! {
            $(#[$doc])*
            $name {
                $($(#[$field_doc])* $field: $kind,)*
                /// Step size.
                learning_rate: f32,
                /// Decay of the first moment.
                beta1: f32,
                /// Decay of the second moment.
                beta2: f32,
                /// Added to the root.
                epsilon: f32,
                /// 1 / (1 - beta1^t).
                correction1: f32,
                /// 1 / (1 - beta2^t).
                correction2: f32,
            }
        }

        impl $name {
            /// These with the constants of a step.
            #[must_use]
            pub fn of_step(self, step: &$crate::gpu::kernels::StepConstants) -> Self {
                let $crate::gpu::kernels::StepConstants { learning_rate, adam, correction1, correction2 } = *step;
                Self {
                    learning_rate,
                    beta1: adam.beta1,
                    beta2: adam.beta2,
                    epsilon: adam.epsilon,
                    correction1,
                    correction2,
                    ..self
                }
            }
        }
    };
}
pub(super) use step_params;
