// Row-wise Adagrad, second half: moves the listed rows by their accumulators. One invocation a vec4.
@group(0) @binding(2) var<storage, read> gradients: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> accumulators: array<f32>;
@group(0) @binding(4) var<storage, read_write> table: array<vec4<f32>>;

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
    let within = at - shape(params.types, place.kind, TABLE4);
    let row = shape(params.types, place.kind, ROW_START) + within / shape(params.types, place.kind, WIDTH4);
    let root = sqrt(accumulators[row]) + params.epsilon;
    // With epsilon 0 a row that never had a gradient stays.
    if root > 0.0 {
        table[at] -= params.learning_rate / root * gradients[element];
    }
}
