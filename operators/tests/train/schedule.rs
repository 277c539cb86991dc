//! The schedules against their formulas.

use sobolev_operators::train::{Clock, Schedule, TrainConfig};

fn with(schedule: Schedule) -> TrainConfig {
    TrainConfig { epochs: 10, lr: 0.5, betas: [0.9, 0.99], schedule, ..TrainConfig::default() }
}

#[test]
fn constant_and_warm_up() {
    let config = TrainConfig { warmup: 5, ..with(Schedule::Constant) };
    for step in 0..100 {
        let expected = 0.5 * ((step + 1) as f64 / 5.0).min(1.0);
        assert!((config.rates(step, 10).lr - expected).abs() < 1e-15);
        assert_eq!(config.rates(step, 10).beta1, 0.9);
    }
}

#[test]
fn cosine_has_its_ends_and_its_middle() {
    let config = with(Schedule::Cosine { floor: 0.1 });
    assert!((config.rates(0, 10).lr - 0.5).abs() < 1e-15);
    assert!((config.rates(50, 10).lr - 0.5 * 0.55).abs() < 1e-15);
    assert!((config.rates(100, 10).lr - 0.05).abs() < 1e-15);
    let falls = (0..99).all(|t| config.rates(t + 1, 10).lr < config.rates(t, 10).lr);
    assert!(falls);
}

#[test]
fn step_multiplies_every_so_many_epochs() {
    let config = with(Schedule::Step { every: 3, gamma: 0.5 });
    for step in 0..100 {
        let expected = 0.5 * 0.5_f64.powi((step / 30) as i32);
        assert!((config.rates(step, 10).lr - expected).abs() < 1e-15);
    }
}

#[test]
fn one_cycle_rises_to_the_peak_and_falls_to_the_end() {
    let cycle = Schedule::OneCycle {
        rise: 0.25,
        div: 20.0,
        final_div: 50.0,
        beta1: Some([0.8, 0.95]),
        clock: Clock::Step,
    };
    let config = TrainConfig { epochs: 1, ..with(cycle) };
    // 101 steps: the peak falls on step 25 exactly.
    let rates: Vec<_> = (0..101).map(|t| config.rates(t, 101)).collect();
    assert!((rates[0].lr - 0.5 / 20.0).abs() < 1e-15 && (rates[0].beta1 - 0.95).abs() < 1e-15);
    assert!((rates[25].lr - 0.5).abs() < 1e-15 && (rates[25].beta1 - 0.8).abs() < 1e-15);
    assert!((rates[100].lr - 0.5 / 1000.0).abs() < 1e-15 && (rates[100].beta1 - 0.95).abs() < 1e-15);
    assert!(rates[..26].is_sorted_by(|a, b| a.lr < b.lr));
    assert!(rates[25..].is_sorted_by(|a, b| a.lr > b.lr));
}

/// The values of PyTorch's scheduler, stepped once per epoch: the peak is in epoch rise · E, counted from 1, and all steps of an epoch
/// have the same rates.
#[test]
fn one_cycle_by_epochs() {
    let cycle = Schedule::OneCycle {
        rise: 0.2,
        div: 2.0,
        final_div: 100.0,
        beta1: Some([0.85, 0.95]),
        clock: Clock::Epoch,
    };
    let config = TrainConfig { epochs: 15, ..with(cycle.clone()) };
    let rates = |epoch: usize| config.rates(7 * epoch + epoch % 7, 7);
    let close = |epoch: usize, lr: f64, beta1: f64| {
        let found = rates(epoch);
        assert!(
            (found.lr - lr).abs() < 1e-15 && (found.beta1 - beta1).abs() < 1e-15,
            "epoch {epoch}: {found:?}"
        );
    };
    close(0, 0.25, 0.95);
    close(1, 0.375, 0.9);
    close(2, 0.5, 0.85);
    close(8, (0.5 + 0.0025) / 2.0, 0.9);
    close(14, 0.0025, 0.95);
    for epoch in 0..15 {
        assert!((0..7).all(|i| config.rates(7 * epoch + i, 7) == rates(epoch)));
    }
    // Too few epochs to rise begin at or behind the peak.
    for epochs in 1..6 {
        let config = TrainConfig { epochs, ..with(cycle.clone()) };
        let rates: Vec<f64> = (0..epochs).map(|e| config.rates(e, 1).lr).collect();
        assert!(rates.iter().all(|r| r.is_finite() && *r > 0.0 && *r <= 0.5), "{rates:?}");
        assert!(rates.is_sorted_by(|a, b| a > b), "{rates:?}");
    }
}
