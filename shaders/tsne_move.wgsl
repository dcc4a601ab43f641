// Moves each point against its gradient, exaggeration times the pull less the push over Z, with momentum and gains as
// openTSNE does: gains grow where the gradient has turned and shrink where it has not, long steps are cut.
fn work(group: u32, local: u32) {
    let norm = max(total(local).w, params.least_norm);
    let point = invocation_index(group, local);
    if point >= params.count {
        return;
    }
    let push = load_pushes(point);
    let gradient = params.exaggeration * load_pulls(point) - vec4<f32>(push.xyz / norm, 0.0);
    var step = load_steps(point);
    let before = load_gains(point);
    let gain = select(before * 0.8 + params.least_gain, before + 0.2, sign(step) != sign(gradient));
    step = params.momentum * step - params.learning_rate * gain * gradient;
    let distance = length(step);
    if distance > params.longest_step {
        step *= params.longest_step / distance;
    }
    // A force beyond f32 says nothing about the way to go. Comparisons may be compiled as if there were no such numbers,
    // bits not.
    if any((bitcast<vec4<u32>>(step) & vec4<u32>(0x7f800000u)) == vec4<u32>(0x7f800000u)) {
        step = vec4<f32>();
    }
    store_gains(point, gain);
    store_steps(point, step);
    store_places(point, load_places(point) + step);
}
