// Adam (Kingma and Ba) on one vec4.
fn adam_move(at: u32, gradient: vec4<f32>) {
    let first = params.beta1 * load_first_moment(at) + (1.0 - params.beta1) * gradient;
    let second = params.beta2 * load_second_moment(at) + (1.0 - params.beta2) * gradient * gradient;
    let root = sqrt(params.correction2 * second) + params.epsilon;
    store_first_moment(at, first);
    store_second_moment(at, second);
    // With epsilon 0 an element that never had a gradient has no direction: it stays.
    let direction = select(vec4<f32>(), params.correction1 * first / root, root > vec4<f32>());
    store_table(at, load_table(at) - params.learning_rate * direction);
}
