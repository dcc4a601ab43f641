//! The learned parameters.

use ndarray::Array2;

/// All learned parameters of MODEL.md; type 0 is the item. f32, row-major (standard layout).
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// K tables `E_k`, `[D_k, m_k]`: target vectors.
    pub target: Vec<Array2<f32>>,
    /// K tables `C_k`, `[D_k, m_k]`: context vectors (the paper's E').
    pub context: Vec<Array2<f32>>,
    /// K - 1 matrices, `transfer[k - 1]` = `M_k` `[m_1, m_k]`: an attribute's vector into item space.
    pub transfer: Vec<Array2<f32>>,
}

impl Model {
    /// Number of ID types, K.
    #[must_use]
    pub fn type_count(&self) -> usize {
        self.target.len()
    }

    /// Dimensions of each type, `m_k`.
    #[must_use]
    pub fn dims(&self) -> Vec<usize> {
        self.target.iter().map(Array2::ncols).collect()
    }

    /// Number of IDs of each type, `D_k`.
    #[must_use]
    pub fn rows(&self) -> Vec<usize> {
        self.target.iter().map(Array2::nrows).collect()
    }
}
