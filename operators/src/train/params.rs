//! The parameters of a module as a list in visiting order: names, values, gradients.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{DType, Gradients, Tensor, TensorData};

use super::error::{Result, TrainError};

/// A tensor of any rank as one axis, so that lists can hold it.
pub(super) fn flat<const D: usize>(tensor: Tensor<D>) -> Tensor<1> {
    let n = tensor.shape().num_elements();
    tensor.reshape([n])
}

pub(super) fn read<const D: usize>(tensor: Tensor<D>, what: &str) -> Result<TensorData> {
    tensor.try_into_data().map_err(|e| TrainError::device(what, e))
}

/// One number.
pub(super) fn scalar(tensor: Tensor<1>, what: &str) -> Result<f64> {
    let data = read(tensor, what)?;
    data.iter::<f64>().next().ok_or_else(|| TrainError::device(what, "it is empty"))
}

/// Name, shape and type of a parameter.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) shape: Vec<usize>,
    pub(super) dtype: DType,
}

struct Walk<F> {
    path: Vec<String>,
    f: F,
}

/// What is done with a parameter; a trait, because a closure cannot be generic over the rank.
pub(super) trait Each {
    fn each<const D: usize>(&mut self, name: String, param: &Param<Tensor<D>>);
}

impl<F: Each> ModuleVisitor for Walk<F> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_string());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.f.each(self.path.join("."), param);
    }
}

pub(super) fn visit<M: Module, F: Each>(module: &M, f: F) -> F {
    let mut walk = Walk { path: Vec::new(), f };
    module.visit(&mut walk);
    walk.f
}

struct Entries(Vec<Entry>);

impl Each for Entries {
    fn each<const D: usize>(&mut self, name: String, param: &Param<Tensor<D>>) {
        let value = param.val();
        self.0.push(Entry { name, shape: value.dims().to_vec(), dtype: value.dtype() });
    }
}

/// Names, shapes and types in visiting order.
pub(super) fn entries<M: Module>(module: &M) -> Vec<Entry> {
    visit(module, Entries(Vec::new())).0
}

struct Values(Vec<Result<(String, TensorData)>>);

impl Each for Values {
    fn each<const D: usize>(&mut self, name: String, param: &Param<Tensor<D>>) {
        let data = read(param.val().inner(), &name);
        self.0.push(data.map(|data| (name, data)));
    }
}

/// Copies of all values in visiting order.
pub(super) fn values<M: Module>(module: &M) -> Result<Vec<(String, TensorData)>> {
    visit(module, Values(Vec::new())).0.into_iter().collect()
}

struct Grads<'a> {
    grads: &'a mut Gradients,
    found: Vec<Option<Tensor<1>>>,
}

impl Each for Grads<'_> {
    fn each<const D: usize>(&mut self, _: String, param: &Param<Tensor<D>>) {
        let tracked = param.is_require_grad();
        self.found.push(if tracked { param.val().grad_remove(self.grads).map(flat) } else { None });
    }
}

/// Gradients in visiting order, flattened; `None` for a frozen parameter or one that the loss does not depend on.
pub(super) fn gradients<M: Module>(module: &M, mut grads: Gradients) -> Vec<Option<Tensor<1>>> {
    visit(module, Grads { grads: &mut grads, found: Vec::new() }).found
}

/// Sees every value in visiting order and returns the new one, on the same (non-autodiff) device.
pub(super) trait Update {
    fn update<const D: usize>(&mut self, index: usize, value: Tensor<D>) -> Tensor<D>;
}

struct Replace<'a, U> {
    index: usize,
    update: &'a mut U,
}

impl<U: Update> ModuleMapper for Replace<'_, U> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let index = self.index;
        self.index += 1;
        // Consuming the parameter leaves its value with one owner: the update may then work in place.
        let (id, value, mapper) = param.consume();
        let (strategy, tracked) = (value.gradient_checkpointing_strategy(), value.is_require_grad());
        let value = self.update.update(index, value.inner());
        let value = match strategy {
            Some(s) => value.autodiff().with_gradient_checkpointing_strategy(s).set_require_grad(tracked),
            None => value,
        };
        Param::from_mapped_value(id, value, mapper)
    }
}

pub(super) fn map<M: Module, U: Update>(module: M, update: &mut U) -> M {
    module.map(&mut Replace { index: 0, update })
}

struct Set<'a>(Vec<Option<&'a TensorData>>);

impl Update for Set<'_> {
    fn update<const D: usize>(&mut self, index: usize, value: Tensor<D>) -> Tensor<D> {
        match self.0.get_mut(index).and_then(Option::take) {
            Some(data) => {
                let (device, dtype, shape) = (value.device(), value.dtype(), value.shape());
                Tensor::<1>::from_data(flat_data(data), (&device, dtype)).reshape(shape)
            }
            None => value,
        }
    }
}

fn flat_data(data: &TensorData) -> TensorData {
    let n = data.num_elements();
    TensorData::from_bytes_vec(data.as_bytes().to_vec(), [n], data.dtype())
}

/// The module with other values, given in visiting order; sizes must agree.
pub(super) fn with_values<M: Module>(module: M, values: &[&TensorData]) -> M {
    map(module, &mut Set(values.iter().map(|&v| Some(v)).collect()))
}
