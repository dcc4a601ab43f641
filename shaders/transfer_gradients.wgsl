// The gradient of the transfer matrices: the parts in order, plus the regulariser's. ROW_LANES invocations a row.
@group(0) @binding(2) var<storage, read> parts: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> transfer: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> losses: array<f32>;
@group(0) @binding(5) var<storage, read_write> gradients: array<vec4<f32>>;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let slot = row_index(workgroup, workgroups, local);
    if slot >= params.count {
        return;
    }
    let row = listed_row(slot, params.starts, params.types, NONE);
    // d beta ||M||^2 = 2 beta M; d beta ||M|| = beta M / ||M||, and 0 at M = 0.
    var factor = 2.0 * params.beta;
    if params.squared == 0u {
        let square = losses[params.losses + row.kind - 1u];
        factor = 0.0;
        if square > 0.0 {
            factor = params.beta / sqrt(square);
        }
    }
    let within = row.table - shape(params.types, row.kind, TABLE4);
    for (var q = local % ROW_LANES; q < row.width4; q += ROW_LANES) {
        var sum = vec4<f32>();
        for (var p = plan[params.part_starts + row.kind]; p < plan[params.part_starts + row.kind + 1u]; p += 1u) {
            sum += parts[p * params.largest4 + within + q];
        }
        gradients[row.table + q] = sum + factor * transfer[row.table + q];
    }
}
