//! Which entries of the parameters belong to which wavenumber: only those of modes in use have a gradient.

use burn::module::{Module, ModuleVisitor, Param, ParamId};
use burn::tensor::{Gradients, Tensor};
use sobolev_operators::fno::WeightConfig;
use sobolev_operators::train::incremental::explained_ratio;
use sobolev_operators::{FfnoConfig, FnoConfig, ModeAxis, ModelConfig, Operator, TfnoConfig};

use super::support::{flatten, plain, random, tensor, unflatten, values};

struct ById<'a>(&'a Gradients, Vec<(ParamId, Vec<f64>)>);

impl ModuleVisitor for ById<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let gradient = param.val().grad(self.0).map(values);
        self.1.extend(gradient.map(|g| (param.id, g)));
    }
}

/// The largest entry at each index of an axis.
fn largest(gradient: &[f64], axis: &ModeAxis) -> Vec<f64> {
    let mut largest = vec![0.0_f64; axis.modes];
    for (i, v) in gradient.iter().enumerate() {
        let k = i / axis.stride % axis.modes;
        largest[k] = largest[k].max(v.abs());
    }
    largest
}

/// Seven and eight modes, of which four and five are used: k = -2 .. 1 and k = 0 .. 2.
fn check(name: &str, config: &ModelConfig, one_sided: bool, tensors: usize) {
    let mut model = config.init(2, 1, 3, &plain()).unwrap();
    model.set_n_modes(&[4, 5]).unwrap();
    let device = plain().autodiff();
    let tracked = unflatten(&model, &flatten(&model), &device);
    let size = [12, 13];
    let on =
        |seed, channels: usize| tensor(values(random(seed, [3, channels, 156])), [3, channels, 156], &device);
    let grads = (tracked.forward_flat(on(1, 2), &size) * on(2, 1)).sum().backward();
    let mut found = ById(&grads, Vec::new());
    tracked.visit(&mut found);
    let modes = tracked.modes().unwrap();
    assert_eq!((modes.used.as_slice(), modes.allocated.as_slice()), (&[4, 5][..], &[7, 8][..]));
    let mut seen = [0; 2];
    for parameter in &modes.parameters {
        let (_, gradient) = found.1.iter().find(|(id, _)| *id == parameter.id).unwrap();
        for axis in &parameter.axes {
            seen[axis.axis] += 1;
            let half = one_sided || axis.axis == 1;
            let (low, high) = if !half { (-2, 1) } else { (0, [2, 2][axis.axis]) };
            for (index, largest) in largest(gradient, axis).into_iter().enumerate() {
                let k = index as i32 - axis.zero as i32;
                let inside = (low..=high).contains(&k);
                assert!(inside == (largest > 1e-12), "{name}, axis {}, k = {k}: {largest:e}", axis.axis);
                assert!(inside || largest == 0.0, "{name}, axis {}, k = {k}: {largest:e}", axis.axis);
            }
            assert_eq!(explained_ratio(gradient, axis, Some(2), axis.modes - 1), 1.0, "{name}");
            assert!(explained_ratio(gradient, axis, Some(0), 2) < 1.0 - 1e-9, "{name}");
        }
    }
    assert_eq!(seen, [tensors; 2], "{name}: every tensor of both axes");
}

#[test]
fn modes_that_are_not_in_use_have_no_gradient() {
    for form in [
        WeightConfig::default(),
        WeightConfig::tucker(0.3),
        WeightConfig::tucker(0.3).fixed(&[2]),
        WeightConfig::tucker(0.3).fixed(&[3]),
        WeightConfig::tucker(0.3).fixed(&[0, 2, 3]),
        WeightConfig::cp(0.3),
        WeightConfig::tensor_train(0.3),
    ] {
        for separable in [false, true] {
            // The axes behind the channels move by one.
            let fixed = form
                .fixed
                .iter()
                .filter(|a| !separable || **a != 0)
                .map(|a| a - usize::from(separable))
                .collect();
            let form = WeightConfig { separable, fixed, ..form.clone() };
            let joint = WeightConfig {
                joint: true,
                fixed: form.fixed.iter().map(|a| a + 1).collect(),
                ..form.clone()
            };
            let fno = |weights: &WeightConfig| {
                let config = FnoConfig { max_n_modes: Some(vec![7, 8]), ..FnoConfig::new(&[4, 5], 4) };
                ModelConfig::Tfno(TfnoConfig(config.with_n_layers(3).with_weights(weights.clone())))
            };
            check(&form.to_string(), &fno(&form), false, 3);
            if form.factorization != WeightConfig::default().factorization {
                check(&joint.to_string(), &fno(&joint), false, 1);
            }
        }
    }
    let config = FfnoConfig { max_n_modes: Some(vec![7, 8]), ..FfnoConfig::new(&[4, 5], 4) };
    check("ffno", &ModelConfig::Ffno(FfnoConfig { n_layers: 2, ..config }), true, 2);
}
