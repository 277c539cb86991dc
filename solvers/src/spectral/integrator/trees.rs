//! Order conditions of Runge-Kutta methods, from the rooted trees.
//!
//! **Source.** Hairer, Norsett & Wanner, *Solving Ordinary Differential Equations I*, sec. II.2; for additive methods every edge
//! of a tree carries one of the tableaus (Kennedy & Carpenter 2003, sec. 2.2).

/// The elementary weights of a tree at the stages, and its density.
#[derive(Clone)]
struct Tree {
    weights: Vec<f64>,
    density: f64,
}

/// The largest `|Σ b_i Φ_i(t) - 1/γ(t)|` over all trees t up to `order`, edges coloured by the matrices in every way.
pub(super) fn defect(matrices: &[&Vec<Vec<f64>>], b: &[f64], order: usize) -> f64 {
    let mut by_order: Vec<Vec<Tree>> = vec![Vec::new()];
    let mut worst: f64 = 0.0;
    for n in 1..=order {
        let mut trees = Vec::new();
        let root = Tree { weights: vec![1.0; b.len()], density: n as f64 };
        grow(matrices, &by_order, n - 1, &root, &mut trees);
        for tree in &trees {
            let sum: f64 = b.iter().zip(&tree.weights).map(|(b, w)| b * w).sum();
            worst = worst.max((sum - 1.0 / tree.density).abs());
        }
        by_order.push(trees);
    }
    worst
}

/// All ways to hang subtrees with `left` vertices in all below `root`; some come more than once, in another order.
fn grow(matrices: &[&Vec<Vec<f64>>], by_order: &[Vec<Tree>], left: usize, root: &Tree, out: &mut Vec<Tree>) {
    if left == 0 {
        out.push(root.clone());
        return;
    }
    for size in 1..=left {
        for child in &by_order[size] {
            for matrix in matrices {
                let mut tree = root.clone();
                tree.density *= child.density;
                for (w, row) in tree.weights.iter_mut().zip(matrix.iter()) {
                    *w *= row.iter().zip(&child.weights).map(|(a, w)| a * w).sum::<f64>();
                }
                grow(matrices, by_order, left - size, &tree, out);
            }
        }
    }
}

/// The largest `|Σ_j a_ij - c_i|`.
pub(super) fn row_defect(a: &[Vec<f64>], c: &[f64]) -> f64 {
    a.iter().zip(c).map(|(row, c)| (row.iter().sum::<f64>() - c).abs()).fold(0.0, f64::max)
}
