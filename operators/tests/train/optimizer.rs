//! AdamW against its formula in double precision.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use sobolev_kernels::optim::Decay;
use sobolev_operators::Operator;
use sobolev_operators::train::{AdamW, StepSettings};

use super::support::{POINTS, Tiny};

fn loss(model: &Tiny, device: &Device) -> Tensor<1> {
    let x: Vec<f32> = (0..2 * POINTS).map(|i| (0.9 * i as f32).cos()).collect();
    let x = Tensor::<1>::from_floats(x.as_slice(), device).reshape([1, 2, POINTS]);
    model.forward_flat(x, &[POINTS]).square().mean()
}

fn values(t: Tensor<2>) -> Vec<f64> {
    t.inner().into_data().iter::<f64>().collect()
}

/// Fifty steps on one parameter, by the formula of the paper with every intermediate in f64.
#[test]
fn follows_the_paper() {
    let device = Device::flex().autodiff();
    let mut model = Tiny::new(6, 0.0, &device).train();
    let mut optimizer = AdamW::new(&model, Some(0.9)).unwrap();
    let n = 12;
    let (mut w, mut m, mut v) = (values(model.w1.val()), vec![0.0; n], vec![0.0; n]);
    let mut average = w.clone();
    let (lr, [b1, b2], eps, decay) = (3e-3, [0.9, 0.99], 1e-8, 0.05);
    for t in 1..=50_i32 {
        let grads = loss(&model, &device).backward();
        let g = values(model.w1.val().grad(&grads).unwrap());
        let settings = StepSettings {
            lr,
            betas: [b1, b2],
            epsilon: eps,
            weight_decay: decay,
            ..StepSettings::default()
        };
        model = optimizer.step(model, grads, &settings).unwrap().0;
        let d = 0.9_f64.min((1.0 + f64::from(t)) / (10.0 + f64::from(t)));
        for i in 0..n {
            m[i] = b1 * m[i] + (1.0 - b1) * g[i];
            v[i] = b2 * v[i] + (1.0 - b2) * g[i] * g[i];
            let step = m[i] / (1.0 - b1.powi(t)) / ((v[i] / (1.0 - b2.powi(t))).sqrt() + eps);
            w[i] = w[i] * (1.0 - lr * decay) - lr * step;
            average[i] = d * average[i] + (1.0 - d) * w[i];
        }
    }
    // Rounding of single precision enters once per step.
    let bound = 50.0 * f64::from(f32::EPSILON);
    for (a, b) in values(model.w1.val()).iter().zip(&w) {
        assert!((a - b).abs() < bound, "{a} {b}");
    }
    for (a, b) in values(optimizer.averaged(model.clone()).unwrap().w1.val()).iter().zip(&average) {
        assert!((a - b).abs() < bound, "{a} {b}");
    }
    assert_eq!(optimizer.steps(), 50);
    assert!(model.w1.val().is_require_grad(), "the weights stay trainable");
}

/// Twenty steps with a coupled decay and a gradient that is scaled, by the formula: `g ← s g + λ w` before the moments.
#[test]
fn couples_the_decay() {
    let device = Device::flex().autodiff();
    let mut model = Tiny::new(6, 0.0, &device).train();
    let mut optimizer = AdamW::new(&model, None).unwrap();
    let (mut w, mut m, mut v) = (values(model.w1.val()), [0.0; 12], [0.0; 12]);
    let settings = StepSettings {
        lr: 3e-3,
        weight_decay: 0.5,
        decay: Decay::Coupled,
        gradient_scale: 8.0,
        ..StepSettings::default()
    };
    for t in 1..=20_i32 {
        let grads = loss(&model, &device).backward();
        let g = values(model.w1.val().grad(&grads).unwrap());
        let (stepped, norm) = optimizer.step(model, grads, &settings).unwrap();
        model = stepped;
        // The norm is that of the scaled gradient of all parameters.
        assert!(norm > 8.0 * g.iter().map(|g| g * g).sum::<f64>().sqrt());
        for i in 0..12 {
            let g = 8.0 * g[i] + 0.5 * w[i];
            m[i] = 0.9 * m[i] + 0.1 * g;
            v[i] = 0.999 * v[i] + 0.001 * g * g;
            w[i] -=
                3e-3 * (m[i] / (1.0 - 0.9_f64.powi(t))) / ((v[i] / (1.0 - 0.999_f64.powi(t))).sqrt() + 1e-8);
        }
    }
    for (a, b) in values(model.w1.val()).iter().zip(&w) {
        assert!((a - b).abs() < 50.0 * f64::from(f32::EPSILON), "{a} {b}");
    }
}

/// The global norm runs over all parameters; a clipped gradient is the same direction with the norm of the limit.
#[test]
fn clips_the_global_norm() {
    let device = Device::flex().autodiff();
    let model = Tiny::new(6, 0.0, &device).train();
    let grads = loss(&model, &device).backward();
    let squares = |x: Vec<f64>| x.iter().map(|g| g * g).sum::<f64>();
    let sum = squares(values(model.w1.val().grad(&grads).unwrap()))
        + squares(values(model.w2.val().grad(&grads).unwrap()))
        + squares(values(model.b.val().grad(&grads).unwrap().unsqueeze()));
    let before = values(model.w1.val());
    let g = values(model.w1.val().grad(&grads).unwrap());
    let clip = 0.1 * sum.sqrt();
    // With β = 0 and a large ε the step is lr·g/ε: the clipped gradient can be read off.
    let eps = 1e6;
    let settings = StepSettings {
        lr: eps,
        betas: [0.0, 0.0],
        epsilon: eps,
        clip: Some(clip),
        ..StepSettings::default()
    };
    let (model, norm) = AdamW::new(&model, None).unwrap().step(model, grads, &settings).unwrap();
    assert!((norm / sum.sqrt() - 1.0).abs() < 1e-6, "{norm} {}", sum.sqrt());
    for ((before, after), g) in before.iter().zip(values(model.w1.val())).zip(g) {
        let expected = g * 0.1;
        assert!(
            (before - after - expected).abs() < 1e-6 + 1e-4 * expected.abs(),
            "{} {expected}",
            before - after
        );
    }
}

/// The buffer of a weight that nobody else holds is kept from step to step.
#[test]
fn updates_in_place() {
    let device = Device::flex().autodiff();
    let mut model = Tiny::new(6, 0.0, &device).train();
    let mut optimizer = AdamW::new(&model, None).unwrap();
    let settings = StepSettings::default();
    let address = |model: Tiny| {
        let data = model.w1.into_value().inner().into_data();
        data.as_bytes().as_ptr() as usize
    };
    let mut step = |model: Tiny| {
        let grads = loss(&model, &device).backward();
        optimizer.step(model, grads, &settings).unwrap().0
    };
    model = step(model);
    let before = {
        // A look at the buffer without a second owner: the tensor is taken out and put back.
        let (id, value, mapper) = model.w1.consume();
        let data = value.inner().into_data();
        let place = data.as_bytes().as_ptr() as usize;
        let value = Tensor::<2>::from_data(data, &Device::flex()).autodiff().require_grad();
        model.w1 = burn::module::Param::from_mapped_value(id, value, mapper);
        place
    };
    model = step(model);
    assert_eq!(address(model), before);
}

/// A gradient that is not finite leaves weights and state alone.
#[test]
fn refuses_a_broken_gradient() {
    let device = Device::flex().autodiff();
    let model = Tiny::new(6, 0.0, &device).train();
    let before = model.bits();
    let mut optimizer = AdamW::new(&model, None).unwrap();
    let grads = (loss(&model, &device) * f64::NAN).backward();
    let settings = StepSettings { clip: Some(1.0), ..StepSettings::default() };
    let (model, norm) = optimizer.step(model, grads, &settings).unwrap();
    assert!(norm.is_nan());
    assert_eq!((model.bits(), optimizer.steps()), (before, 0));
}
