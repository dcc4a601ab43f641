// Loss of all terms, sum of weight times softplus(-x) for a positive and softplus(x) for a negative, in LOSS_PARTS
// parts, one a workgroup; the host adds them in f64.
var<workgroup> parts: array<f32, WORKGROUP>;

fn work(part: u32, local: u32) {
    var sum = 0.0;
    // A folded dispatch may have workgroups to spare.
    if part < LOSS_PARTS {
        for (var term = part * WORKGROUP + local; term < params.count; term += LOSS_PARTS * WORKGROUP) {
            let logit = load_logits(term);
            let sign = bitcast<f32>(load_plan(params.signs + term));
            sum += abs(sign) * softplus(select(logit, -logit, sign > 0.0));
        }
    }
    parts[local] = sum;
    workgroupBarrier();
    for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
        if local < half {
            parts[local] += parts[local + half];
        }
        workgroupBarrier();
    }
    if local == 0u && part < LOSS_PARTS {
        store_losses(params.losses + part, parts[0]);
    }
}
