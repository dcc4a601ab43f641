//! Sums over two rows, with several accumulators so that the compiler can use vector registers.

const LANES: usize = 16;

/// `sum_d term(a[d], b[d])`, in an order that depends on the length alone.
#[inline(always)]
fn sum(a: &[f32], b: &[f32], term: impl Fn(f32, f32) -> f32) -> f32 {
    let mut lanes = [0.0_f32; LANES];
    let (a_blocks, a_rest) = a.as_chunks::<LANES>();
    let (b_blocks, b_rest) = b.as_chunks::<LANES>();
    for (x, y) in a_blocks.iter().zip(b_blocks) {
        for lane in 0..LANES {
            lanes[lane] += term(x[lane], y[lane]);
        }
    }
    // In halves, which vector registers add as they are; one after the other would take longer than the products.
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            lanes[lane] += lanes[lane + width];
        }
        width /= 2;
    }
    let rest = a_rest.iter().zip(b_rest).map(|(&x, &y)| term(x, y));
    lanes[0] + rest.sum::<f32>()
}

/// Dot product.
#[inline(always)]
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    sum(a, b, |x, y| x * y)
}

/// Squared Euclidean distance.
#[inline(always)]
pub(super) fn squared_distance(a: &[f32], b: &[f32]) -> f32 {
    sum(a, b, |x, y| (x - y) * (x - y))
}

/// Cosine similarity in f64, for lengths whose squares leave the range of f32; 0 if either is zero.
#[cold]
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

/// Euclidean distance in f64, for differences whose squares leave the range of f32.
#[cold]
pub(super) fn careful_distance(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(&x, &y)| (f64::from(x) - f64::from(y)).powi(2)).sum::<f64>().sqrt() as f32
}
