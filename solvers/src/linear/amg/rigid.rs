//! Rigid-body modes.

/// The translations and linearised rotations of a body: what linear elasticity maps to zero, and so the near-null vectors of its
/// stiffness matrix. Three in the plane, six in space.
///
/// **Shapes.** `points: [nodes]`; each mode `[nodes * dimension]`, the components of a node together. After an elimination of
/// rows, drop the same rows from the modes.
///
/// # Panics
/// If the dimension isn't 2 or 3.
pub fn rigid_body_modes(points: &[[f64; 3]], dimension: usize) -> Vec<Vec<f64>> {
    assert!(dimension == 2 || dimension == 3, "rigid-body modes in {dimension} dimensions: 2 or 3 expected");
    let n = points.len().max(1) as f64;
    let centre = [0, 1, 2].map(|c| points.iter().map(|p| p[c]).sum::<f64>() / n);
    let component = |f: &dyn Fn([f64; 3]) -> [f64; 3]| -> Vec<f64> {
        points
            .iter()
            .flat_map(|p| {
                f([p[0] - centre[0], p[1] - centre[1], p[2] - centre[2]]).into_iter().take(dimension)
            })
            .collect()
    };
    let mut modes: Vec<Vec<f64>> =
        (0..dimension).map(|c| component(&|_| [0, 1, 2].map(|k| f64::from(u8::from(k == c))))).collect();
    modes.push(component(&|[x, y, _]| [-y, x, 0.0]));
    if dimension == 3 {
        modes.push(component(&|[_, y, z]| [0.0, -z, y]));
        modes.push(component(&|[x, _, z]| [z, 0.0, -x]));
    }
    modes
}
