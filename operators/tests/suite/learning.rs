//! Small operators learn one batch by heart.

use burn::module::Module;
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{Tensor, TensorData};
use sobolev_operators::fno::WeightConfig;
use sobolev_operators::{FnoConfig, Loss, Operator};

use super::support::{plain, random, values};

fn final_loss(weights: WeightConfig) -> f64 {
    let device = plain().autodiff();
    let single = |x: Tensor<3>| {
        let shape = x.dims();
        Tensor::<3>::from_data(TensorData::new(values(x), shape), &device)
    };
    let size = [12, 10];
    let (x, y) = (single(random(1, [4, 1, 120])), single(random(2, [4, 1, 120])));
    let config = FnoConfig::new(&[12, 10], 16).with_n_layers(2).with_weights(weights);
    let mut model = config.init(1, 1, 0, &device).unwrap();
    let mut optimizer = AdamConfig::new().init();
    for _ in 0..300 {
        let loss = Loss::RelativeL2.forward(model.forward_flat(x.clone(), &size), y.clone(), &size);
        let grads = GradientsParams::from_grads(loss.backward(), &model);
        model = optimizer.step(5e-3, model, grads);
    }
    let model = model.valid();
    let (x, y) = (x.inner(), y.inner());
    values(Loss::RelativeL2.forward(model.forward_flat(x, &size), y, &size))[0]
}

#[test]
fn one_batch_of_noise_is_learnt() {
    for weights in [WeightConfig::default(), WeightConfig::tucker(0.3), WeightConfig::tucker(0.3).joint()] {
        let loss = final_loss(weights.clone());
        assert!(loss < 0.1, "{weights}: {loss}");
    }
}
