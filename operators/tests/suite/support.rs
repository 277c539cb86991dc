//! Models in double precision, and their parameters as one vector.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{DType, Device, Gradients, Tensor, TensorData};
use sobolev_kernels::rng;

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
