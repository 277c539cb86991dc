//! Learned multigrid preconditioners on the five-point Laplacian and a perturbation of it, hierarchies made here in full matrices.

use burn::tensor::{DType, Device};
use sobolev_kernels::testing::GradCheck;
use sobolev_operators::preconditioner::{Hierarchy, NinePoint};
use sobolev_operators::{MgPreconditioner, PreconditionerConfig};

use super::support::{flatten, gradients, plain, random, tensor, to_f64, unflatten, values};

type Matrix = Vec<Vec<f64>>;

/// Neighbours of the five stored links.
const OFFSETS: [(usize, isize); 5] = [(0, 0), (0, 1), (1, 0), (1, 1), (1, -1)];

fn times(a: &Matrix, b: &Matrix) -> Matrix {
    let row = |row: &Vec<f64>| {
        let mut sum = vec![0.0; b[0].len()];
        for (&x, line) in row.iter().zip(b).filter(|(x, _)| **x != 0.0) {
            sum.iter_mut().zip(line).for_each(|(s, &y)| *s += x * y);
        }
        sum
    };
    a.iter().map(row).collect()
}

fn transposed(a: &Matrix) -> Matrix {
    (0..a[0].len()).map(|j| a.iter().map(|row| row[j]).collect()).collect()
}

/// Gauss-Jordan with the diagonal as pivots: the matrices here are positive definite.
fn inverse(a: &Matrix) -> Vec<f64> {
    let n = a.len();
    let mut work: Matrix = a.iter().enumerate().map(|(i, row)| with_unit(row, i, n)).collect();
    for k in 0..n {
        let pivot = work[k][k];
        work[k].iter_mut().for_each(|v| *v /= pivot);
        let line = work[k].clone();
        for (_, row) in work.iter_mut().enumerate().filter(|(i, _)| *i != k) {
            let factor = row[k];
            row.iter_mut().zip(&line).for_each(|(v, l)| *v -= factor * l);
        }
    }
    work.into_iter().flat_map(|row| row[n..].to_vec()).collect()
}

fn with_unit(row: &[f64], i: usize, n: usize) -> Vec<f64> {
    row.iter().copied().chain((0..n).map(|j| f64::from(u8::from(i == j)))).collect()
}

/// −div(a∇) by five points with a smooth positive coefficient, on n × m interior nodes.
fn operator([n, m]: [usize; 2]) -> Matrix {
    let a = |y: f64, x: f64| 1.0 + 0.8 * (0.9 * x).sin() * (0.7 * y).cos();
    let mut matrix = vec![vec![0.0; n * m]; n * m];
    for j in 0..n {
        for i in 0..m {
            for (dy, dx) in [(0.0, 1.0), (0.0, -1.0), (1.0, 0.0), (-1.0, 0.0)] {
                let link = a(j as f64 + 0.5 * dy, i as f64 + 0.5 * dx);
                let (other_j, other_i) = (j as f64 + dy, i as f64 + dx);
                matrix[j * m + i][j * m + i] += link;
                if (0.0..n as f64).contains(&other_j) && (0.0..m as f64).contains(&other_i) {
                    matrix[j * m + i][other_j as usize * m + other_i as usize] = -link;
                }
            }
        }
    }
    matrix
}

/// Bilinear weights `[4, y, x]` and the same as a matrix.
fn bilinear([n, m]: [usize; 2], coarse: [usize; 2]) -> (Vec<f32>, Matrix) {
    let mut weights = vec![0.0_f32; 4 * n * m];
    let mut matrix = vec![vec![0.0; coarse[0] * coarse[1]]; n * m];
    for (j, i) in (1..=n).flat_map(|j| (1..=m).map(move |i| (j, i))) {
        let k = (j - 1) * m + i - 1;
        for corner in 0..4 {
            let (up, right) = (corner / 2, corner % 2);
            // A node on a coarse line belongs to the first of the two places alone.
            let weight = |index: usize, second: usize| match (index % 2, second) {
                (0, 0) => 1.0,
                (0, _) => 0.0,
                _ => 0.5,
            };
            let value = weight(j, up) * weight(i, right);
            weights[corner * n * m + k] = value;
            let (cj, ci) = ((j + up) / 2, (i + right) / 2);
            if (1..=coarse[0]).contains(&cj) && (1..=coarse[1]).contains(&ci) {
                matrix[k][(cj - 1) * coarse[1] + ci - 1] += f64::from(value);
            }
        }
    }
    (weights, matrix)
}

fn links(matrix: &Matrix, [n, m]: [usize; 2]) -> Vec<f32> {
    let mut links = Vec::with_capacity(5 * n * m);
    for (dy, dx) in OFFSETS {
        for k in 0..n * m {
            let (j, i) = (k / m + dy, (k % m).checked_add_signed(dx).filter(|&i| i < m));
            links.push(i.filter(|_| j < n).map_or(0.0, |i| matrix[k][j * m + i] as f32));
        }
    }
    links
}

/// Three levels in double precision, and the finest operator as a matrix of their values.
struct Levels {
    sizes: Vec<[usize; 2]>,
    operators: Vec<Vec<f32>>,
    weights: Vec<Vec<f32>>,
    inverse: Vec<f64>,
    finest: Matrix,
}

impl Levels {
    fn new(size: [usize; 2]) -> Self {
        let mut levels =
            Self { sizes: vec![], operators: vec![], weights: vec![], inverse: vec![], finest: vec![] };
        let (mut a, mut size) = (operator(size), size);
        levels.finest = a.clone();
        for l in 0..3 {
            levels.sizes.push(size);
            levels.operators.push(links(&a, size));
            let coarse = size.map(|n| (n + 1).div_ceil(2) - 1);
            if l == 2 {
                levels.weights.push(vec![]);
                levels.inverse = inverse(&a);
            } else {
                let (weights, p) = bilinear(size, coarse);
                levels.weights.push(weights);
                a = times(&transposed(&p), &times(&a, &p));
            }
            size = coarse;
        }
        levels
    }

    fn hierarchy(&self, device: &Device) -> Hierarchy {
        let levels: Vec<NinePoint<'_>> = (0..3)
            .map(|l| NinePoint {
                size: self.sizes[l],
                operator: &self.operators[l],
                interpolation: &self.weights[l],
            })
            .collect();
        Hierarchy::new(&levels, &self.inverse, (device, DType::F64))
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn network(config: PreconditionerConfig) -> MgPreconditioner {
    to_f64(&config.init(3, &plain()).unwrap())
}

#[test]
fn the_operator_is_the_matrix_and_the_cycle_is_symmetric_and_linear() {
    let device = plain();
    for size in [[15, 15], [14, 17]] {
        let levels = Levels::new(size);
        let hierarchy = levels.hierarchy(&device);
        let n = size[0] * size[1];
        let x = random(1, [2, 1, n]);
        let found = values(hierarchy.apply(x.clone()));
        let plain = values(x.clone());
        for b in 0..2 {
            for (k, row) in levels.finest.iter().enumerate() {
                let expected = dot(row, &plain[b * n..(b + 1) * n]);
                // Links are stored in single precision.
                assert!((found[b * n + k] - expected).abs() < 3e-6, "{} {expected}", found[b * n + k]);
            }
        }
        for steps in [1, 2] {
            let net = network(PreconditionerConfig { steps, ..PreconditionerConfig::default() });
            let y = random(2, [2, 1, n]);
            let (bx, by) =
                (values(net.cycle(&hierarchy, x.clone())), values(net.cycle(&hierarchy, y.clone())));
            let (x, y) = (plain.clone(), values(y));
            let (one, other) = (dot(&bx, &y), dot(&x, &by));
            assert!((one - other).abs() < 1e-10 * dot(&bx, &bx).sqrt() * dot(&y, &y).sqrt(), "{one} {other}");
            let both = values(net.cycle(&hierarchy, random(1, [2, 1, n]) * 2.0 - random(2, [2, 1, n]) * 3.0));
            for k in 0..2 * n {
                assert!((both[k] - 2.0 * bx[k] + 3.0 * by[k]).abs() < 1e-10);
            }
        }
    }
}

#[test]
fn an_untrained_cycle_contracts_errors_as_damped_jacobi_does() {
    let device = plain();
    let levels = Levels::new([31, 30]);
    let hierarchy = levels.hierarchy(&device);
    let net = network(PreconditionerConfig::default());
    let left = net.contraction(&hierarchy, random(5, [3, 1, 31 * 30]), 8);
    let last: Vec<f64> = values(left.factors[7].clone());
    // V(1,1) with damped Jacobi on this operator: between 0.1 and 0.4 after the first cycles.
    assert!(last.iter().all(|&f| (0.05..0.45).contains(&f)), "{last:?}");
    let norm: Vec<f64> = values(hierarchy.energy_norm(left.error));
    assert!(norm.iter().all(|n| (n - 1.0).abs() < 1e-10), "{norm:?}");
}

#[test]
fn gradients_of_what_is_left_of_an_error() {
    let levels = Levels::new([9, 12]);
    let error = random(5, [2, 1, 9 * 12]);
    for steps in [1, 2] {
        let net = network(PreconditionerConfig { steps, width: 5, ..PreconditionerConfig::default() });
        // Away from the start, where the smoothers hardly depend on the features.
        let theta: Vec<f64> =
            flatten(&net).iter().enumerate().map(|(k, v)| v + 0.02 * (k as f64).sin()).collect();
        let loss = |net: &MgPreconditioner, device: &Device| {
            let e = tensor(values(error.clone()), [2, 1, 9 * 12], device);
            let left = net.contraction(&levels.hierarchy(device), e, 2);
            left.factors.into_iter().map(|f| f.square().mean()).reduce(|a, b| a + b).unwrap()
        };
        let device = plain().autodiff();
        let tracked = unflatten(&net, &theta, &device);
        let gradient = gradients(&tracked, &loss(&tracked, &device).backward());
        let value = |theta: &[f64]| values(loss(&unflatten(&net, theta, &plain()), &plain()))[0];
        let check = GradCheck { coordinates: 150, ..GradCheck::default() };
        check.assert("contraction", value, &theta, &gradient, 1e-6);
    }
}

#[test]
fn bad_configurations_are_errors() {
    let device = plain();
    let message = |config: PreconditionerConfig| config.init(0, &device).map(|_| ()).unwrap_err().to_string();
    assert!(message(PreconditionerConfig { steps: 0, ..PreconditionerConfig::default() }).contains("1 to 4"));
    assert!(message(PreconditionerConfig { width: 0, ..PreconditionerConfig::default() }).contains("width"));
    assert!(
        message(PreconditionerConfig { damping: 2.0, ..PreconditionerConfig::default() })
            .contains("between 0 and 2")
    );
}
