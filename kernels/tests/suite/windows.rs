//! Windows of fields against their definition, point by point.

use proptest::prelude::*;
use sobolev_kernels::testing::assert_adjoint;
use sobolev_kernels::windows::{AxisWindows, Windows};
use sobolev_kernels::{Scalar, rng};

/// Windows with arbitrary entries, some of which show nothing.
fn random_axis(points: usize, count: usize, len: usize, seed: u64) -> AxisWindows {
    let draws = rng::normals(&mut rng::stream(seed, 9), count * len);
    let entry = |v: f64| (v.abs() < 1.5).then(|| ((v.abs() * 1e6) as usize) % points);
    AxisWindows::new(points, len, draws.into_iter().map(entry))
}

/// The digits of `i` to the bases `sizes`, last one fastest.
fn digits(mut i: usize, sizes: &[usize]) -> Vec<usize> {
    let mut out = vec![0; sizes.len()];
    for (digit, n) in out.iter_mut().zip(sizes).rev() {
        *digit = i % n;
        i /= n;
    }
    out
}

/// The definition.
fn naive(windows: &Windows, x: &[f64], batch: usize, channels: usize) -> Vec<f64> {
    let axes = windows.axes();
    let counts: Vec<_> = axes.iter().map(AxisWindows::count).collect();
    let lens: Vec<_> = axes.iter().map(AxisWindows::len).collect();
    let mut y = Vec::new();
    for b in 0..batch {
        for w in 0..windows.count() {
            for c in 0..channels {
                for i in 0..windows.len() {
                    let (w, i) = (digits(w, &counts), digits(i, &lens));
                    let point = (0..axes.len())
                        .try_fold(0, |p, a| Some(p * axes[a].points() + axes[a].get(w[a], i[a])?));
                    y.push(point.map_or(0.0, |p| x[(b * channels + c) * windows.points() + p]));
                }
            }
        }
    }
    y
}

fn draw(seed: u64, len: usize) -> Vec<f64> {
    rng::normals(&mut rng::stream(seed, 1), len)
}

fn check_gather<T: Scalar + PartialEq>(windows: &Windows, batch: usize, channels: usize) {
    let x: Vec<T> = draw(3, batch * channels * windows.points()).into_iter().map(T::of).collect();
    let wide: Vec<f64> = x.iter().map(|v| v.as_f64()).collect();
    let expected: Vec<T> = naive(windows, &wide, batch, channels).into_iter().map(T::of).collect();
    assert!(windows.gather(&x, batch, channels) == expected, "{windows:?}");
}

proptest! {
    #[test]
    fn gathering_is_the_definition_and_scattering_its_adjoint(
        axes in prop::collection::vec((1..7_usize, 1..4_usize, 1..6_usize), 1..=3),
        batch in 1..3_usize,
        channels in 1..4_usize,
        seed in 0..1000_u64,
    ) {
        let axis = |(i, &(n, count, len)): (usize, &(usize, usize, usize))| random_axis(n, count, len, seed + 7 * i as u64);
        let windows = Windows::new(axes.iter().enumerate().map(axis).collect());
        check_gather::<f64>(&windows, batch, channels);
        check_gather::<f32>(&windows, batch, channels);
        // A map that shows nothing at all has no adjoint to speak of.
        if windows.axes().iter().all(|a| a.entries().any(|i| i.is_some())) {
            let (n, m) = (windows.points(), windows.count() * windows.len());
            assert_adjoint(
                "gather",
                |x| windows.gather(x, batch, channels),
                |y| windows.scatter(y, batch, channels),
                batch * channels * n,
                batch * channels * m,
                1e-14,
            );
        }
    }
}

#[test]
fn the_whole_axis_is_one_window() {
    let windows = Windows::new(vec![AxisWindows::whole(3), AxisWindows::whole(4)]);
    let x = draw(1, 2 * 3 * 12);
    assert_eq!(windows.gather(&x, 2, 3), x);
    assert_eq!(windows.scatter(&x, 2, 3), x);
}

#[test]
#[should_panic(expected = "point 6 of an axis of 6 points")]
fn an_entry_outside_the_axis() {
    let _ = AxisWindows::new(6, 2, [Some(5), Some(6)]);
}

#[test]
#[should_panic(expected = "3 entries are no number of windows of 2 points")]
fn half_a_window() {
    let _ = AxisWindows::new(6, 2, [Some(0), Some(1), None]);
}
