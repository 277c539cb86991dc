//! One number of every example, from programs that share no code with it.

#[allow(dead_code, reason = "the picture's part of the example is not used here")]
#[path = "../../examples/kolmogorov_flow/flow.rs"]
mod flow;
#[allow(dead_code, reason = "the picture's part of the example is not used here")]
#[path = "../../examples/wave_fem/medium.rs"]
mod medium;

#[test]
fn kolmogorov_flow_has_the_enstrophy_of_a_plain_integration() {
    let outcome = flow::run(flow::Scale::Smoke).unwrap();
    // numpy, Lawson's fourth-order scheme with steps halved down to 4e-12: validation/spectral_reference.py, `vorticity`.
    let expected = [1.341_646_885_00, 2.693_462_267_61, 3.975_506_805_15, 4.725_986_737_69];
    assert_eq!((outcome.n, outcome.times.len()), (32, 4));
    assert!((outcome.times[3] - 2.0).abs() < 1e-12 && outcome.vorticity.len() == 4 * 32 * 32);
    for (found, expected) in outcome.enstrophy.iter().zip(expected) {
        // The error of ETDRK4 with dt = 0.02.
        assert!((found / expected - 1.0).abs() < 1e-6, "{found} instead of {expected}");
    }
}

#[test]
fn wave_has_the_size_that_scikit_fem_and_scipy_give_it() {
    let outcome = medium::run(medium::Scale::Smoke).unwrap();
    assert_eq!((outcome.nodes, outcome.times.len()), (49, 5));
    assert!((outcome.dt - 0.15 / 12.0).abs() < 1e-12, "{}", outcome.dt);
    // Root mean squares over the nodes: class Wave of benches/peers/wave_fem.py with 48 elements and this step.
    let expected = [0.014_585_578_72, 0.015_246_718_75, 0.015_942_798_27, 0.016_227_989_25];
    for (frame, expected) in outcome.frames[1..].iter().zip(expected) {
        let mean_square = frame.iter().map(|u| u * u).sum::<f64>() / frame.len() as f64;
        assert!((mean_square.sqrt() / expected - 1.0).abs() < 1e-6, "{} {expected}", mean_square.sqrt());
    }
}
