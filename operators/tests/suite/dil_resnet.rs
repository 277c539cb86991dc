//! Dilated residual networks.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::Tensor;
use sobolev_kernels::conv::Boundary;
use sobolev_kernels::testing::Golden;
use sobolev_operators::multigrid::PerAxis;
use sobolev_operators::{Activation, DilResNetConfig, Error, ModelConfig, Operator};

use super::support::{
    check_gradients, difference, learn_noise, plain, random, round_trip, tensor, to_f64, values,
};

fn small(n_dim: usize, boundaries: &[Boundary]) -> DilResNetConfig {
    let boundary = PerAxis::Each(boundaries.to_vec());
    let dilations = vec![1, 2, 4, 1];
    DilResNetConfig { hidden_channels: 5, n_blocks: 2, dilations, boundary, ..DilResNetConfig::new(n_dim) }
}

/// Parameter t has the entries 0.1 sin(0.7 k + 0.3 t).
struct Number(usize);

impl ModuleMapper for Number {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, old, _) = param.consume();
        let (shape, t) = (old.dims(), self.0 as f64);
        self.0 += 1;
        let value = |k: usize| 0.1 * (0.7 * k as f64 + 0.3 * t).sin();
        Param::initialized(id, tensor((0..shape.iter().product()).map(value).collect(), shape, &plain()))
    }
}

/// The networks of `golden/dil_resnet.py`, an independent implementation.
#[test]
fn golden_values() {
    use Boundary::{Circular, Reflect, Zero};
    let golden = Golden::parse(include_str!("../golden/dil_resnet.jsonl")).unwrap();
    let wave = |p: usize| {
        let [c, i, j] = [p / 108, p / 12 % 9, p % 12].map(|v| v as f64);
        (0.2 * i + 0.5 * c).cos() * (0.3 * j + 0.1 * c).sin()
    };
    let x = tensor((0..216).map(wave).collect(), [1, 2, 108], &plain());
    for (name, boundaries) in
        [("zero-zero", [Zero; 2]), ("circular-circular", [Circular; 2]), ("reflect-zero", [Reflect, Zero])]
    {
        let mut number = Number(0);
        let model = small(2, &boundaries).init(2, 1, 0, &plain()).unwrap().map(&mut number);
        assert_eq!(number.0, 20, "two for each of ten convolutions");
        let expected = tensor(golden.get(name).unwrap().values.clone(), [1, 1, 108], &plain());
        let error = difference(model.forward_flat(x.clone(), &[9, 12]), expected);
        assert!(error < 1e-13, "{name}: {error:e}");
    }
}

#[test]
fn gradients_are_those_of_differences() {
    use Boundary::{Circular, Reflect, Zero};
    // Smooth, so that differences exist everywhere.
    let check = |name, config: DilResNetConfig, size: &[usize]| {
        let config = DilResNetConfig { activation: Activation::Silu, ..config };
        check_gradients(name, &config.init(2, 1, 7, &plain()).unwrap(), size);
    };
    check("1D", small(1, &[Reflect]), &[9]);
    check("2D", small(2, &[Zero, Circular]), &[6, 7]);
    check("3D", DilResNetConfig { n_blocks: 1, ..small(3, &[Circular, Zero, Reflect]) }, &[4, 3, 5]);
}

/// On a periodic grid the network commutes with translations.
#[test]
fn translations() {
    let config = DilResNetConfig { hidden_channels: 6, ..DilResNetConfig::new(2) };
    let model = config.with_boundary(Boundary::Circular).init(1, 1, 3, &plain()).unwrap();
    let model = to_f64(&model);
    let x = random(4, [2, 1, 15 * 16]);
    let shifted = |x: Tensor<3>| {
        let all = values(x);
        let at = |p: usize| {
            let (b, i, j) = (p / 240, p / 16 % 15, p % 16);
            all[(b * 15 + (i + 4) % 15) * 16 + (j + 11) % 16]
        };
        tensor((0..480).map(at).collect(), [2, 1, 240], &plain())
    };
    let (a, b) =
        (model.forward_flat(shifted(x.clone()), &[15, 16]), shifted(model.forward_flat(x, &[15, 16])));
    let error = difference(a, b);
    assert!(error < 1e-12, "{error:e}");
}

#[test]
fn parameters_are_those_of_the_formula() {
    // 28 convolutions of 48 to 48 channels between one from 2 and one to 1.
    let expected = (2 * 48 * 9 + 48) + 28 * (48 * 48 * 9 + 48) + (48 * 9 + 1);
    let model = DilResNetConfig::new(2).init(2, 1, 0, &plain()).unwrap();
    assert_eq!(model.n_parameters(), expected);
    let line = "2D, width 48, 4 blocks of dilations 1-2-4-8-4-2-1, zero boundary";
    assert_eq!(model.to_string(), format!("2 -> 1 channels, {line}, {expected} parameters"));
}

#[test]
fn one_batch_of_noise_is_learnt() {
    let config = DilResNetConfig { hidden_channels: 24, ..small(2, &[Boundary::Zero; 2]) };
    let loss = learn_noise(&config.init(1, 1, 0, &plain()).unwrap(), &[10, 9]);
    assert!(loss < 0.2, "{loss}");
}

#[test]
fn files_bring_it_back() {
    round_trip(&ModelConfig::DilResNet(small(2, &[Boundary::Zero, Boundary::Reflect])));
    let text = "model = \"dil-resnet\"\nn_dim = 1\ndilations = [1, 3]\nboundary = \"circular\"";
    let config = ModelConfig::from_toml(text).unwrap();
    assert_eq!(config.to_string(), "dil-resnet: 1D, width 48, 4 blocks of dilations 1-3, circular boundary");
    assert_eq!(ModelConfig::from_toml(&config.to_toml().unwrap()).unwrap(), config);
}

#[test]
fn every_field_is_checked() {
    let good = DilResNetConfig::new(2);
    good.validate().unwrap();
    let rejected = |config: DilResNetConfig, field: &str| match config.validate() {
        Err(Error::Config { field: named, .. }) => assert_eq!(named, field),
        other => panic!("{field}: {other:?}"),
    };
    rejected(DilResNetConfig { n_dim: 4, ..good.clone() }, "n_dim");
    rejected(DilResNetConfig { hidden_channels: 0, ..good.clone() }, "hidden_channels");
    rejected(DilResNetConfig { n_blocks: 0, ..good.clone() }, "n_blocks");
    rejected(DilResNetConfig { dilations: vec![], ..good.clone() }, "dilations");
    rejected(DilResNetConfig { dilations: vec![1, 0], ..good.clone() }, "dilations[2]");
    rejected(
        DilResNetConfig { boundary: PerAxis::Each(vec![Boundary::Zero; 3]), ..good.clone() },
        "boundary",
    );
    assert!(
        matches!(good.init(1, 0, 0, &plain()), Err(Error::Config { field, .. }) if field == "out_channels")
    );
}
