// Row-wise Adagrad, first half: adds each listed row's mean squared gradient to its accumulator. One invocation a row.
@group(0) @binding(2) var<storage, read> gradients: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> accumulators: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let slot = invocation_index(workgroup, workgroups, local);
    if slot >= params.count {
        return;
    }
    var kind = 0u;
    while slot >= plan[params.starts + 2u * kind + 2u] {
        kind += 1u;
    }
    let width4 = shape(params.types, kind, WIDTH4);
    let within = slot - plan[params.starts + 2u * kind];
    let start = plan[params.starts + 2u * kind + 1u] + within * width4;
    var sum = 0.0;
    for (var q = 0u; q < width4; q += 1u) {
        sum += dot(gradients[start + q], gradients[start + q]);
    }
    var row = within;
    if params.rows != NONE {
        row = plan[params.rows + slot];
    }
    accumulators[shape(params.types, kind, ROW_START) + row] += sum / f32(shape(params.types, kind, WIDTH));
}
