//! Coarser grids.

use super::*;

fn batch(size: &[usize]) -> Batch {
    let data = Shifted { wavenumbers: vec![0, 1, 2], size: size.to_vec() };
    data.epoch(0, 0).unwrap().next().unwrap().unwrap()
}

#[test]
fn strides_take_every_point_of_the_coarser_grid() {
    // Points at i/n of the domain: the coarse field is the field on the coarse grid.
    let coarse = coarsen(batch(&[12, 16]), &[4, 8], Reduction::Stride).unwrap();
    let expected = batch(&[4, 8]);
    assert_eq!((coarse.samples, &coarse.size), (4, &expected.size));
    let close =
        |a: &[f32], b: &[f32]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5);
    assert!(close(&coarse.input, &expected.input) && close(&coarse.target, &expected.target));
    // Points on both ends: 0, 2, .. 16.
    let line = Batch {
        samples: 1,
        input: (0..17).map(|i| i as f32).collect(),
        target: vec![0.0; 17],
        size: vec![17],
    };
    let coarse = coarsen(line.clone(), &[9], Reduction::Stride).unwrap();
    assert_eq!(coarse.input, (0..9).map(|i| 2.0 * i as f32).collect::<Vec<_>>());
    assert_eq!(coarsen(line.clone(), &[17], Reduction::Stride).unwrap(), line);
}

#[test]
fn the_spectral_reduction_is_exact_for_what_the_coarser_grid_resolves() {
    for (from, to) in [(vec![16], vec![11]), (vec![12, 15], vec![6, 15]), (vec![8, 9, 10], vec![5, 6, 7])] {
        let coarse = coarsen(batch(&from), &to, Reduction::Spectral).unwrap();
        let expected = batch(&to);
        let error = coarse.input.iter().zip(&expected.input).fold(0.0_f32, |m, (a, b)| m.max((a - b).abs()));
        assert!(coarse.input.len() == expected.input.len() && error < 1e-5, "{from:?} -> {to:?}: {error:e}");
    }
}

#[test]
fn sizes_that_do_not_fit_are_named_with_those_that_do() {
    let message =
        |size: &[usize], reduction| coarsen(batch(&[12, 9]), size, reduction).unwrap_err().to_string();
    assert_eq!(
        message(&[5, 9], Reduction::Stride),
        "`incremental.grid.size` must be one of 1, 2, 3, 4, 6, 12; then one of 1, 2, 3, 5, 9 for data on [12, 9] points, \
         but is [5, 9]"
    );
    assert!(message(&[13, 9], Reduction::Spectral).contains("from 1 to 12; then from 1 to 9"));
    assert!(message(&[12], Reduction::Spectral).contains("but is [12]"));
}
