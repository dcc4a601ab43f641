// Adam (Kingma and Ba) on the listed rows. One invocation a vec4.
@group(0) @binding(2) var<storage, read> gradients: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> table: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> first_moment: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> second_moment: array<vec4<f32>>;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let element = invocation_index(workgroup, workgroups, local);
    if element >= params.count {
        return;
    }
    let place = place_of(element, params.starts, params.types);
    let at = table_index(place, params.starts, params.types, params.rows);
    let gradient = gradients[element];
    let first = params.beta1 * first_moment[at] + (1.0 - params.beta1) * gradient;
    let second = params.beta2 * second_moment[at] + (1.0 - params.beta2) * gradient * gradient;
    let root = sqrt(params.correction2 * second) + params.epsilon;
    first_moment[at] = first;
    second_moment[at] = second;
    // With epsilon 0 an element that never had a gradient has no direction: it stays.
    let direction = select(vec4<f32>(), params.correction1 * first / root, root > vec4<f32>());
    table[at] -= params.learning_rate * direction;
}
