//! Models in double precision, and their parameters as one vector.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{DType, Device, Gradients, Tensor, TensorData};
use sobolev_kernels::rng;
use sobolev_kernels::testing::GradCheck;
use sobolev_operators::loss::Edges;
use sobolev_operators::{Loss, Model, ModelConfig, Operator, weights};

pub fn plain() -> Device {
    Device::flex()
}

pub fn tensor<const D: usize>(values: Vec<f64>, shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values, shape), (device, DType::F64))
}

pub fn random<const D: usize>(seed: u64, shape: [usize; D]) -> Tensor<D> {
    tensor(rng::normals(&mut rng::stream(seed, 0), shape.iter().product()), shape, &plain())
}

pub fn values<const D: usize>(x: Tensor<D>) -> Vec<f64> {
    x.into_data().convert::<f64>().try_to_vec::<f64>().unwrap()
}

/// The largest difference, relative to the largest entry of `b`.
pub fn difference<const D: usize>(a: Tensor<D>, b: Tensor<D>) -> f64 {
    assert_eq!(a.dims(), b.dims());
    let (a, b) = (values(a), values(b));
    let scale = b.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
    let error = a
        .iter()
        .zip(&b)
        .fold(0.0, |m: f64, (a, b)| if (a - b).is_nan() { f64::NAN } else { m.max((a - b).abs()) });
    assert!(scale > 0.0, "compared with zero");
    error / scale
}

struct Flatten(Vec<f64>);

impl ModuleVisitor for Flatten {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.0.extend(values(param.val()));
    }
}

/// All parameters, in the order of the module's fields.
pub fn flatten<M: Module>(module: &M) -> Vec<f64> {
    let mut visitor = Flatten(Vec::new());
    module.visit(&mut visitor);
    visitor.0
}

struct Unflatten<'a> {
    values: &'a [f64],
    device: &'a Device,
}

impl ModuleMapper for Unflatten<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, old, _) = param.consume();
        let shape = old.dims();
        let (now, rest) = self.values.split_at(shape.iter().product());
        self.values = rest;
        Param::initialized(id, tensor(now.to_vec(), shape, self.device)).set_require_grad(true)
    }
}

/// The module with these parameters, in double precision on `device`.
pub fn unflatten<M: Module>(module: &M, values: &[f64], device: &Device) -> M {
    let mut mapper = Unflatten { values, device };
    let module = module.clone().map(&mut mapper);
    assert!(mapper.values.is_empty(), "as many values as parameters");
    module
}

/// The module in double precision.
pub fn to_f64<M: Module>(module: &M) -> M {
    unflatten(module, &flatten(module), &plain())
}

struct Collect<'a>(&'a Gradients, Vec<f64>);

impl ModuleVisitor for Collect<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let grad = param.val().grad(self.0).expect("every parameter has a gradient");
        assert_eq!(grad.dims(), param.val().dims());
        self.1.extend(values(grad));
    }
}

/// The gradients of all parameters, in the order of [`flatten`].
pub fn gradients<M: Module>(module: &M, gradients: &Gradients) -> Vec<f64> {
    let mut visitor = Collect(gradients, Vec::new());
    module.visit(&mut visitor);
    visitor.1
}

/// Gradients of a loss by input and by every parameter of a model, against central differences.
pub fn check_gradients<M: Module + Operator>(name: &str, model: &M, size: &[usize]) {
    let (batch, c_in, c_out) = (2, model.in_channels(), model.out_channels());
    let points: usize = size.iter().product();
    let truth = random(2, [batch, c_out, points]);
    let theta = [flatten(model), values(random(1, [batch, c_in, points]))].concat();
    let split = theta.len() - batch * c_in * points;

    let loss = |theta: &[f64]| {
        let model = unflatten(model, &theta[..split], &plain());
        let y = model.forward_flat(tensor(theta[split..].to_vec(), [batch, c_in, points], &plain()), size);
        values(Loss::RelativeH1(Edges::OneSided).forward(y, truth.clone(), size))[0]
    };
    let device = plain().autodiff();
    let tracked = unflatten(model, &theta[..split], &device);
    let input = tensor(theta[split..].to_vec(), [batch, c_in, points], &device).require_grad();
    let target = tensor(values(truth.clone()), [batch, c_out, points], &device);
    let y = tracked.forward_flat(input.clone(), size);
    let grads = Loss::RelativeH1(Edges::OneSided).forward(y, target, size).backward();
    let gradient = [gradients(&tracked, &grads), values(input.grad(&grads).unwrap())].concat();
    GradCheck { coordinates: 150, ..GradCheck::default() }.assert(name, loss, &theta, &gradient, 1e-6);
}

/// The loss on one batch of noise after 300 steps of Adam.
pub fn learn_noise<M: Module + Operator>(model: &M, size: &[usize]) -> f64 {
    let device = plain().autodiff();
    let points: usize = size.iter().product();
    let on =
        |seed, channels| tensor(values(random(seed, [4, channels, points])), [4, channels, points], &device);
    let (x, y) = (on(1, model.in_channels()), on(2, model.out_channels()));
    let mut theta = flatten(model);
    let (mut mean, mut square) = (vec![0.0; theta.len()], vec![0.0; theta.len()]);
    let mut last = f64::INFINITY;
    for step in 1..=300 {
        let tracked = unflatten(model, &theta, &device);
        let loss = Loss::RelativeL2.forward(tracked.forward_flat(x.clone(), size), y.clone(), size);
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

/// A model is saved, built again from its file alone and read back bit for bit; its configuration survives TOML.
pub fn round_trip(config: &ModelConfig) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let bits = |model: &Model| flatten(model).into_iter().map(f64::to_bits).collect::<Vec<_>>();
    let saved = config.init(2, 1, 3, &plain()).unwrap();
    weights::save(&saved, &path).unwrap();
    let loaded = weights::load(&path, &plain()).unwrap();
    assert_eq!(loaded.spec(), saved.spec());
    assert_eq!(bits(&loaded), bits(&saved));
    let other = config.init(2, 1, 4, &plain()).unwrap();
    assert_ne!(bits(&other), bits(&saved));
    assert_eq!(bits(&weights::load_into(other, &path).unwrap()), bits(&saved));
    assert_eq!(&ModelConfig::from_toml(&config.to_toml().unwrap()).unwrap(), config);
}
