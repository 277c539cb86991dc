//! Small operators learn one batch by heart.

use sobolev_operators::fno::WeightConfig;
use sobolev_operators::{FnoConfig, Loss, ModelConfig, MultigridConfig, Operator, TfnoConfig};

use super::support::{flatten, gradients, plain, random, tensor, unflatten, values};

/// The loss after 300 steps of Adam.
fn final_loss(config: &ModelConfig, size: [usize; 2]) -> f64 {
    let device = plain().autodiff();
    let shape = [4, 1, size[0] * size[1]];
    let on = |seed| tensor(values(random(seed, shape)), shape, &device);
    let (x, y) = (on(1), on(2));
    let model = config.init(1, 1, 0, &plain()).unwrap();
    let mut theta = flatten(&model);
    let (mut mean, mut square) = (vec![0.0; theta.len()], vec![0.0; theta.len()]);
    let mut last = f64::INFINITY;
    for step in 1..=300 {
        let tracked = unflatten(&model, &theta, &device);
        let loss = Loss::RelativeL2.forward(tracked.forward_flat(x.clone(), &size), y.clone(), &size);
        last = values(loss.clone())[0];
        let (a, b) = (1.0 - 0.9_f64.powi(step), 1.0 - 0.999_f64.powi(step));
        for (i, g) in gradients(&tracked, &loss.backward()).into_iter().enumerate() {
            mean[i] = 0.9 * mean[i] + 0.1 * g;
            square[i] = 0.999 * square[i] + 0.001 * g * g;
            theta[i] -= 5e-3 * (mean[i] / a) / ((square[i] / b).sqrt() + 1e-8);
        }
    }
    last
}

fn tfno(weights: WeightConfig) -> ModelConfig {
    let config = FnoConfig::new(&[12, 10], 16).with_n_layers(2).with_weights(weights);
    ModelConfig::Tfno(TfnoConfig(config))
}

#[test]
fn one_batch_of_noise_is_learnt() {
    for weights in [WeightConfig::default(), WeightConfig::tucker(0.3), WeightConfig::tucker(0.3).joint()] {
        let loss = final_loss(&tfno(weights.clone()), [12, 10]);
        assert!(loss < 0.1, "{weights}: {loss}");
    }
}

#[test]
fn one_batch_of_noise_is_learnt_in_patches() {
    let config = MultigridConfig::new(1, tfno(WeightConfig::tucker(0.3).joint())).with_padding(0.125);
    let loss = final_loss(&ModelConfig::Multigrid(config), [12, 8]);
    assert!(loss < 0.1, "{loss}");
}
