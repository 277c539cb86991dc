//! What of the gradient the modes in use explain.

use super::*;

/// Sums over the parameter against sums over wavenumbers, written out.
#[test]
fn explained_ratios_are_those_of_the_formula() {
    // Axis 0 with k = -2 .. 1, axis 1 with k = 0 .. 2, two numbers each.
    let axes = [
        ModeAxis { axis: 0, modes: 4, zero: 2, stride: 6 },
        ModeAxis { axis: 1, modes: 3, zero: 0, stride: 2 },
    ];
    let gradient: Vec<f64> = (0..24).map(|i| f64::from(i * i % 7) - 2.5).collect();
    let energy = |keep: &dyn Fn(i32, i32) -> bool| -> f64 {
        let mut sum = 0.0;
        for (i, v) in gradient.iter().enumerate() {
            let (k0, k1) = ((i / 6) as i32 - 2, (i / 2 % 3) as i32);
            sum += if keep(k0, k1) { v * v } else { 0.0 };
        }
        sum
    };
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-14, "{a} for {b}");
    let ratio = |axis: usize, low, high| explained_ratio(&gradient, &axes[axis], low, high);
    close(ratio(0, Some(1), 2), energy(&|k, _| k.abs() <= 1) / energy(&|_, _| true));
    close(ratio(0, Some(0), 1), energy(&|k, _| k == 0) / energy(&|k, _| k.abs() <= 1));
    close(ratio(1, Some(1), 2), energy(&|_, k| k <= 1) / energy(&|_, _| true));
    close(ratio(1, None, 2), 0.0);
    close(ratio(1, Some(2), 2), 1.0);
    close(explained_ratio(&[0.0; 24], &axes[0], Some(0), 2), 1.0);
}

/// Sums that are lost, damaged or another model's would change what comes after: they are an error.
#[test]
fn damaged_sums_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let (data, config) = (waves(&[0, 1, 2]), config(RATIO, &[2]));
    let run = |resume| {
        let model = linear(&[10]).init(1, 1, 3, &device()).unwrap();
        train(folder.path(), model, (&data, &config), resume, true)
    };
    let (_, summary) = run(false).unwrap();
    let path = summary.last_checkpoint.join("gradients.safetensors");
    let good = fs::read(&path).unwrap();
    let refused = |words: &str| {
        let error = run(true).unwrap_err().to_string();
        assert!(error.contains("gradients.safetensors") && error.contains(words), "{error}");
    };
    fs::write(&path, &good[..good.len() / 2]).unwrap();
    refused("not a complete safetensors file");
    let other = String::from_utf8_lossy(&good).find("weights.0").unwrap();
    let mut renamed = good.clone();
    renamed[other..other + 9].copy_from_slice(b"weights.7");
    fs::write(&path, &renamed).unwrap();
    refused("belongs to no parameter of the model");
    fs::remove_file(&path).unwrap();
    refused("reading failed");
    fs::write(&path, good).unwrap();
    run(true).unwrap();
}
