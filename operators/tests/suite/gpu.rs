//! Small operators train on a wgpu device, and their losses follow those on the CPU.
//!
//! Without an adapter the test says so and passes after the part on the CPU, unless `SOBOLEV_REQUIRE_GPU=1` asks for one.

use burn::tensor::{Device, DeviceKind, DeviceType, Tensor, TensorData};
use sobolev_kernels::rng;
use sobolev_operators::fno::WeightConfig;
use sobolev_operators::mgno::{Bias, Boundary, FieldNorm, LevelConfig, MgConvConfig};
use sobolev_operators::multigrid::PerAxis;
use sobolev_operators::train::{AdamW, StepSettings};
use sobolev_operators::{FnoConfig, Loss, MgnoConfig, ModelConfig, MultigridConfig, Operator, TfnoConfig};

const STEPS: usize = 20;

fn losses(device: &Device, config: &ModelConfig, size: [usize; 2]) -> Vec<f64> {
    let points = size[0] * size[1];
    let tracked = device.clone().autodiff();
    let field = |values: Vec<f32>| Tensor::<3>::from_data(TensorData::new(values, [2, 1, points]), &tracked);
    let noise = rng::normals(&mut rng::stream(5, 0), 2 * points);
    let noise: Vec<f32> = noise.into_iter().map(|v| v as f32).collect();
    // A map that can be learned: the mean of a point and its two neighbours along x, periodic.
    let smooth = |i: usize| {
        let (row, x, n) = (i / size[1] * size[1], i % size[1], size[1]);
        (noise[row + (x + n - 1) % n] + noise[i] + noise[row + (x + 1) % n]) / 3.0
    };
    let (x, y) = (field(noise.clone()), field((0..2 * points).map(smooth).collect()));
    let mut model = config.init(1, 1, 0, &tracked).unwrap();
    let mut optimizer = AdamW::new(&model, None).unwrap();
    let settings = StepSettings { lr: 5e-3, weight_decay: 1e-4, clip: Some(10.0), ..StepSettings::default() };
    (0..STEPS)
        .map(|_| {
            let loss = Loss::RelativeL2.forward(model.forward_flat(x.clone(), &size), y.clone(), &size);
            let value = loss.clone().into_data().iter::<f64>().next().unwrap();
            model = optimizer.step(model.clone(), loss.backward(), &settings).unwrap().0;
            value
        })
        .collect()
}

fn trains_as_on_the_cpu(config: &ModelConfig, size: [usize; 2]) {
    let cpu = losses(&Device::flex(), config, size);
    assert!(cpu[STEPS - 1] < 0.8 * cpu[0], "the loss falls: {cpu:?}");
    if Device::enumerate(DeviceType::Wgpu).into_vec().is_empty() {
        assert!(
            std::env::var("SOBOLEV_REQUIRE_GPU").is_err(),
            "SOBOLEV_REQUIRE_GPU is set, but wgpu finds no adapter"
        );
        eprintln!("no wgpu adapter: not run");
        return;
    }
    let gpu = losses(&Device::wgpu(DeviceKind::DefaultDevice), config, size);
    // Twenty steps of Adam amplify rounding: its first steps are signs of gradients.
    for (step, (a, b)) in gpu.iter().zip(&cpu).enumerate() {
        assert!((a - b).abs() < 2e-3 * b, "step {step}: {a} on the GPU, {b} on the CPU");
    }
}

fn tfno() -> ModelConfig {
    let config = FnoConfig::new(&[6, 6], 8).with_n_layers(2).with_weights(WeightConfig::tucker(0.3));
    ModelConfig::Tfno(TfnoConfig(config))
}

#[test]
fn a_tfno_trains_as_on_the_cpu() {
    trains_as_on_the_cpu(&tfno(), [12, 10]);
}

#[test]
fn a_decomposed_tfno_trains_as_on_the_cpu() {
    let config = MultigridConfig::new(1, tfno()).with_padding(0.125);
    trains_as_on_the_cpu(&ModelConfig::Multigrid(config), [12, 8]);
}

/// Three levels of an odd and an even axis, with every kind of convolution, norms and biases.
#[test]
fn an_mgno_trains_as_on_the_cpu() {
    for boundaries in [[Boundary::Zero, Boundary::Circular], [Boundary::Reflect, Boundary::Zero]] {
        let steps = [(1, 1), (1, 1), (2, 0)].map(|(pre, post)| LevelConfig::new(pre, post));
        let cycle = MgConvConfig {
            bias: Bias::Constant,
            norm: FieldNorm::Affine,
            boundary: PerAxis::Each(boundaries.to_vec()),
            ..MgConvConfig::new(2, &steps).with_grid(&[11, 12])
        };
        let config = MgnoConfig::new(6, cycle).with_n_layers(2);
        trains_as_on_the_cpu(&ModelConfig::Mgno(config), [11, 12]);
    }
}
