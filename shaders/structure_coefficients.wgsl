// Logit of each structural term, the weighted sum over its components of <E_1[r], image>, and d loss / d (component's
// product). TERM_LANES invocations a term, as in pair_coefficients.
var<workgroup> parts: array<f32, WORKGROUP>;

fn work(group: u32, local: u32) {
    let term = invocation_index(group, local) / TERM_LANES;
    let lane = local % TERM_LANES;
    var part = 0.0;
    var first = 0u;
    var end = 0u;
    if term < params.count {
        first = load_plan(params.term_components + term);
        end = load_plan(params.term_components + term + 1u);
        let item = load_plan(params.term_items + term) * params.item4;
        for (var component = first; component < end; component += 1u) {
            let image = load_plan(params.component_slots + component) * params.item4;
            var product = 0.0;
            for (var q = lane; q < params.item4; q += TERM_LANES) {
                product += dot(load_table(item + q), load_images(image + q));
            }
            part += bitcast<f32>(load_plan(params.component_weights + component)) * product;
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
    let slope = params.scale * abs(sign) * (sigmoid(logit) - label);
    store_logits(term, logit);
    for (var component = first; component < end; component += 1u) {
        store_coefficients(component, bitcast<f32>(load_plan(params.component_weights + component)) * slope);
    }
}
