//! Metrics of plain arrays.

use std::f64::consts::TAU;

use sobolev_operators::loss::Edges;
use sobolev_operators::metrics::{BandEnergies, Metrics, dyadic_edges, l2_norm};

use super::support::{random, values};

#[test]
fn band_energies_add_up_to_the_mean_square() {
    for size in [vec![8], vec![9], vec![6, 7], vec![7, 8], vec![3, 4, 5], vec![4, 5, 6], vec![1, 5]] {
        let points: usize = size.iter().product();
        let (e, v) = (values(random(1, [1, 2, points])), values(random(2, [1, 2, points])));
        let edges = dyadic_edges(&size);
        let mut bands = BandEnergies::new(&size, edges.clone());
        bands.add(&e, &v, 2);
        let bands = bands.bands();
        assert_eq!(bands.len(), edges.len() - 1);
        for share in
            [bands.iter().map(|b| b.truth_share).sum::<f64>(), bands.iter().map(|b| b.error_share).sum()]
        {
            assert!((share - 1.0).abs() < 1e-12);
        }
        // Parseval: Σ error² = Σ over bands of error_m² · truth share_m · ‖v‖².
        let sum: f64 = bands.iter().map(|b| b.error.powi(2) * b.truth_share).sum();
        let expected = (l2_norm(&e) / l2_norm(&v)).powi(2);
        assert!((sum / expected - 1.0).abs() < 1e-12, "{size:?}: {sum} for {expected}");
    }
}

#[test]
fn a_mode_is_in_its_band() {
    let size = [16, 20];
    let wave = |k: f64, l: f64| -> Vec<f64> {
        (0..320).map(|p| (TAU * (k * (p / 20) as f64 / 16.0 + l * (p % 20) as f64 / 20.0)).cos()).collect()
    };
    // Truth in |k| = 5 (3, 4), error in |k| = √5 (-2, 1) and at the mean.
    let truth = wave(3.0, 4.0);
    let prediction: Vec<f64> = truth.iter().zip(wave(-2.0, 1.0)).map(|(t, e)| t + 0.5 * e + 0.25).collect();
    let mut metrics = Metrics::new(1, &size, Edges::Periodic);
    metrics.add(&prediction, &truth);
    let report = metrics.report();
    let limits: Vec<[f64; 2]> = report.bands.iter().map(|b| [b.lower, b.upper]).collect();
    assert_eq!(limits, [[0.0, 1.0], [1.0, 2.0], [2.0, 4.0], [4.0, 8.0], [8.0, 16.0]]);
    assert!((report.bands[3].truth_share - 1.0).abs() < 1e-12);
    // Energies: mean 1/16, mode 1/8.
    assert!((report.bands[0].error_share - 1.0 / 3.0).abs() < 1e-12);
    assert!((report.bands[2].error_share - 2.0 / 3.0).abs() < 1e-12);
    assert!((report.relative_l2 - (0.1875_f64 / 0.5).sqrt()).abs() < 1e-12);
}

#[test]
fn samples_are_averaged_and_the_maximum_is_over_all() {
    let mut metrics = Metrics::new(1, &[2], Edges::OneSided);
    metrics.add(&[3.0_f32, 5.0], &[3.0, 4.0]);
    metrics.add(&[1.0_f32, 2.0], &[0.0, 2.0]);
    let report = metrics.report();
    assert_eq!(report.samples, 2);
    assert!((report.relative_l2 - 0.35).abs() < 1e-12);
    assert_eq!(report.max, 1.0);
    metrics.add(&[f32::NAN, 2.0], &[0.0, 2.0]);
    metrics.add(&[0.0_f32, 2.0], &[0.0, 2.0]);
    let broken = metrics.report();
    assert!(broken.relative_l2.is_nan() && broken.relative_h1.is_nan() && broken.max.is_nan());
}

#[test]
#[should_panic(expected = "are not samples of 4")]
fn a_torn_batch_is_refused() {
    Metrics::new(2, &[2], Edges::Periodic).add(&[0.0; 6], &[0.0; 6]);
}
