//! Sums over two rows, with several accumulators so that the compiler can use vector registers.

const LANES: usize = 16;

/// `sum_d term(a[d], b[d])` for `N` terms at once, in an order that depends on the length alone.
#[inline(always)]
fn sums<const N: usize>(a: &[f32], b: &[f32], term: impl Fn(f32, f32) -> [f32; N]) -> [f32; N] {
    let mut lanes = [[0.0_f32; LANES]; N];
    let (a_blocks, a_rest) = a.as_chunks::<LANES>();
    let (b_blocks, b_rest) = b.as_chunks::<LANES>();
    for (x, y) in a_blocks.iter().zip(b_blocks) {
        for lane in 0..LANES {
            let values = term(x[lane], y[lane]);
            for (sum, value) in lanes.iter_mut().zip(values) {
                sum[lane] += value;
            }
        }
    }
    let mut totals = lanes.map(|lane| lane.iter().sum::<f32>());
    for (&x, &y) in a_rest.iter().zip(b_rest) {
        for (total, value) in totals.iter_mut().zip(term(x, y)) {
            *total += value;
        }
    }
    totals
}

/// Dot product.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    sums(a, b, |x, y| [x * y])[0]
}

/// Dot product, and the squared length of `b`.
pub(super) fn dot_and_square(a: &[f32], b: &[f32]) -> (f32, f32) {
    let [dot, square] = sums(a, b, |x, y| [x * y, y * y]);
    (dot, square)
}

/// Squared Euclidean distance.
pub(super) fn squared_distance(a: &[f32], b: &[f32]) -> f32 {
    sums(a, b, |x, y| [(x - y) * (x - y)])[0]
}

/// Cosine similarity in f64, for lengths whose squares leave the range of f32; 0 if either is zero.
pub(super) fn careful_cosine(a: &[f32], b: &[f32]) -> f32 {
    let (mut dot, mut a_square, mut b_square) = (0.0_f64, 0.0_f64, 0.0_f64);
    for (&x, &y) in a.iter().zip(b) {
        let (x, y) = (f64::from(x), f64::from(y));
        dot += x * y;
        a_square += x * x;
        b_square += y * y;
    }
    let lengths = a_square.sqrt() * b_square.sqrt();
    if lengths == 0.0 { 0.0 } else { (dot / lengths) as f32 }
}
