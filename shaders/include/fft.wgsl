// Fourier transforms of a line of up to FFT_NODES complex numbers in workgroup memory: Stockham's, which needs no
// reordering, by fours and, where the length is no power of four, a last time by twos. Each invocation holds what it
// read until all have read, so that one line of memory is enough.
const FFT_HELD = FFT_NODES / FFT_LANES;

var<workgroup> line: array<vec2<f32>, FFT_NODES>;

fn product(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
    return vec2<f32>(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x);
}

fn conjugate(a: vec2<f32>) -> vec2<f32> {
    return vec2<f32>(a.x, -a.y);
}

// exp(2 pi i k / whole), from a table: devices compute sines loosely. `whole` divides the table's length.
fn turn(k: u32, whole: u32) -> vec2<f32> {
    return load_turns(k * (params.turns / whole));
}

// Transforms the first `nodes` (a power of two) of the line: with exp(-2 pi i) if `direction` is -1, exp(2 pi i) if 1.
// All invocations of a workgroup call it together, and find the line done.
fn transform(nodes: u32, direction: f32, local: u32) {
    var held = array<vec2<f32>, FFT_HELD>();
    var span = 1u;
    while span < nodes {
        let radix = select(4u, 2u, nodes / span == 2u);
        let butterflies = nodes / radix;
        workgroupBarrier();
        var at = 0u;
        for (var j = local; j < butterflies; j += FFT_LANES) {
            let k = j % span;
            for (var r = 0u; r < radix; r += 1u) {
                var factor = turn(r * k, span * radix);
                factor.y *= direction;
                held[at + r] = product(factor, line[j + r * butterflies]);
            }
            let a = held[at];
            let b = held[at + 1u];
            if radix == 2u {
                held[at] = a + b;
                held[at + 1u] = a - b;
            } else {
                let c = held[at + 2u];
                let d = held[at + 3u];
                let odd = direction * vec2<f32>(d.y - b.y, b.x - d.x);
                held[at] = a + c + (b + d);
                held[at + 1u] = a - c + odd;
                held[at + 2u] = a + c - (b + d);
                held[at + 3u] = a - c - odd;
            }
            at += radix;
        }
        workgroupBarrier();
        at = 0u;
        for (var j = local; j < butterflies; j += FFT_LANES) {
            let k = j % span;
            for (var r = 0u; r < radix; r += 1u) {
                line[(j - k) * radix + k + r * span] = held[at + r];
            }
            at += radix;
        }
        span *= radix;
    }
    workgroupBarrier();
}

// Calls `work` as include/dispatch.wgsl does, with workgroups as large as transforms want them.
@compute @workgroup_size(FFT_LANES)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    work(params.first + workgroup.y * workgroups.x + workgroup.x, local);
}
