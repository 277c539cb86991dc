//! Where the entries of the paper's joint tensor stand in the weights of this library.
//!
//! The code of the paper keeps, for each layer, the 2^{d-1} corners of the half spectrum as slices of one tensor
//! `[2^{d-1} layers, in, out, m_1/2, .., m_d/2]`; see the deviations of `WeightConfig`.

use std::f64::consts::TAU;

use sobolev_kernels::{Complex, rng};
use sobolev_operators::fno::{SpectralConvs, WeightConfig};
use sobolev_operators::layers::Draws;

use super::support::{difference, flatten, plain, tensor, unflatten, values};

type C = Complex<f64>;

const LAYERS: usize = 2;
const CHANNELS: usize = 3;
/// Modes 4 x 6: corners of 2 x 3.
const CORNER: [usize; 2] = [2, 3];
const SIZE: [usize; 2] = [8, 10];

/// Entry of `[2 layers, in, out, 2, 3]`.
fn at(tensor: &[C], slice: usize, i: usize, o: usize, a: usize, b: usize) -> C {
    tensor[(((slice * CHANNELS + i) * CHANNELS + o) * CORNER[0] + a) * CORNER[1] + b]
}

fn phase(k: [i32; 2], x: usize, y: usize) -> C {
    let turns = f64::from(k[0]) * x as f64 / SIZE[0] as f64 + f64::from(k[1]) * y as f64 / SIZE[1] as f64;
    C::from_polar(1.0, TAU * turns)
}

/// Transform, product in both corners, transform back, by the definition.
fn by_corners(joint: &[C], layer: usize, field: &[f64]) -> Vec<f64> {
    let points = SIZE[0] * SIZE[1];
    let grid = || (0..SIZE[0]).flat_map(|x| (0..SIZE[1]).map(move |y| (x, y)));
    let mut out = vec![0.0; CHANNELS * points];
    for corner in 0..2 {
        for a in 0..CORNER[0] {
            for b in 0..CORNER[1] {
                let row = if corner == 0 { a as i32 } else { a as i32 - CORNER[0] as i32 };
                let k = [row, b as i32];
                for i in 0..CHANNELS {
                    let coefficient: C = grid()
                        .map(|(x, y)| {
                            field[i * points + x * SIZE[1] + y] * phase(k, x, y).conj() / points as f64
                        })
                        .sum();
                    for o in 0..CHANNELS {
                        let product = coefficient * at(joint, 2 * layer + corner, i, o, a, b);
                        let both = if b == 0 { 1.0 } else { 2.0 };
                        for (x, y) in grid() {
                            out[o * points + x * SIZE[1] + y] += both * (product * phase(k, x, y)).re;
                        }
                    }
                }
            }
        }
    }
    out
}

#[test]
fn corners_of_the_paper_are_rows_of_wavenumbers_here() {
    let entries = 2 * LAYERS * CHANNELS * CHANNELS * CORNER[0] * CORNER[1];
    let joint: Vec<C> = rng::normals(&mut rng::stream(3, 0), 2 * entries)
        .chunks_exact(2)
        .map(|z| C::new(z[0], z[1]))
        .collect();
    let convs = SpectralConvs::new(
        &WeightConfig::default(),
        LAYERS,
        CHANNELS,
        &[4, 6],
        &[4, 6],
        &mut Draws::new(0, &plain()),
    )
    .unwrap();
    // Rows -2, -1, 0, 1 and columns 0, 1, 2, 3, of which the paper's tensor lacks the last.
    let mut theta = flatten(&convs);
    for (layer, weight) in theta.chunks_mut(4 * 4 * CHANNELS * CHANNELS * 2).take(LAYERS).enumerate() {
        for (entry, z) in weight.chunks_exact_mut(2).enumerate() {
            let (o, i) = (entry % CHANNELS, entry / CHANNELS % CHANNELS);
            let (column, row) = (entry / (CHANNELS * CHANNELS) % 4, entry / (4 * CHANNELS * CHANNELS));
            let w = match (row, column) {
                (_, 3) => C::new(0.0, 0.0),
                (0 | 1, b) => at(&joint, 2 * layer + 1, i, o, row, b),
                (_, b) => at(&joint, 2 * layer, i, o, row - 2, b),
            };
            z.copy_from_slice(&[w.re, w.im]);
        }
    }
    let convs = unflatten(&convs, &theta, &plain());
    let field = rng::normals(&mut rng::stream(3, 1), CHANNELS * SIZE[0] * SIZE[1]);
    for layer in 0..LAYERS {
        let shape = [1, CHANNELS, SIZE[0] * SIZE[1]];
        let ours = convs.forward(layer, tensor(field.clone(), shape, &plain()), &SIZE);
        let expected = by_corners(&joint, layer, &field);
        assert_eq!(values(ours.clone()).len(), expected.len());
        assert!(difference(ours, tensor(expected, shape, &plain())) < 1e-13);
    }
}
