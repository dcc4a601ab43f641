// Logit of each term, x(i, j) = <e(i), c(j)>, and d loss / d logit. TERM_LANES invocations a term share the dot
// product; the first adds their parts in order.
var<workgroup> parts: array<f32, WORKGROUP>;

fn work(group: u32, local: u32) {
    let term = invocation_index(group, local) / TERM_LANES;
    let lane = local % TERM_LANES;
    var part = 0.0;
    if term < params.count {
        let left = load_plan(params.left + term) * params.composed4;
        let right = load_plan(params.right + term) * params.composed4;
        for (var q = lane; q < params.composed4; q += TERM_LANES) {
            part += dot(load_targets(left + q), load_contexts(right + q));
        }
    }
    parts[local] = part;
    workgroupBarrier();
    if lane != 0u || term >= params.count {
        return;
    }
    var logit = 0.0;
    for (var other = 0u; other < TERM_LANES; other += 1u) {
        logit += parts[local + other];
    }
    let sign = bitcast<f32>(load_plan(params.signs + term));
    let label = select(0.0, 1.0, sign > 0.0);
    store_logits(term, logit);
    store_coefficients(term, params.scale * abs(sign) * (sigmoid(logit) - label));
}
