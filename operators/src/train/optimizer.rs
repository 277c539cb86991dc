//! AdamW over all parameters of a module.
//!
//! ```math
//! m ← β₁ m + (1 − β₁) g,    v ← β₂ v + (1 − β₂) g²,
//! w ← (1 − η λ) w − η (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε)
//! ```
//!
//! **Source.** Loshchilov and Hutter, *Decoupled Weight Decay Regularization* (2019), algorithm 2, with the schedule's
//! factor inside η for the decay too, as PyTorch has it.
//!
//! On the CPU the weights are updated in place by the fused kernel; elsewhere the same formula is composed of tensor
//! operations, and weights and moments stay on the device.

use burn::module::Module;
use burn::tensor::{DType, Device, Tensor, TensorData};
use sobolev_kernels::optim::{self, AdamwStep};

use super::error::{Result, TrainError};
use super::params::{self, Entry, Update};

/// Settings of a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepSettings {
    /// Learning rate η.
    pub lr: f64,
    /// Decay rates of the moments.
    pub betas: [f64; 2],
    /// Addend ε to the root of the second moment.
    pub epsilon: f64,
    /// Decoupled weight decay λ.
    pub weight_decay: f64,
    /// Largest global norm of the gradient.
    pub clip: Option<f64>,
}

/// What belongs to one parameter, flattened.
#[derive(Debug, Clone)]
enum Slot {
    /// In host memory, next to weights that are there as well.
    Host { m: TensorData, v: TensorData, average: Option<TensorData> },
    /// On the device of the weights.
    Device { m: Tensor<1>, v: Tensor<1>, average: Option<Tensor<1>> },
}

/// AdamW with an optional exponential moving average of the weights.
///
/// The state is a list in the module's visiting order; it belongs to the module it was made for.
#[derive(Debug, Clone)]
pub struct AdamW {
    entries: Vec<Entry>,
    slots: Vec<Slot>,
    steps: usize,
    decay: Option<f64>,
}

/// The tensors of an [`AdamW`] by name, to be saved.
pub(super) type Tensors = Vec<(String, TensorData)>;

fn zeros(n: usize, dtype: DType) -> TensorData {
    TensorData::from_bytes_vec(vec![0; n * dtype.size()], [n], dtype)
}

fn flat(data: &TensorData) -> TensorData {
    TensorData::from_bytes_vec(data.as_bytes().to_vec(), [data.num_elements()], data.dtype())
}

fn is_cpu(device: &Device) -> bool {
    device.clone().without_autodiff() == Device::flex()
}

impl AdamW {
    /// State of step 0 for `module`; with `ema` the average of the weights starts at their present values.
    ///
    /// # Errors
    /// [`TrainError::Device`] if a weight cannot be read.
    pub fn new<M: Module>(module: &M, ema: Option<f64>) -> Result<Self> {
        let entries = params::entries(module);
        let device = module.devices().first().cloned().unwrap_or_default().without_autodiff();
        let cpu = is_cpu(&device);
        let mut slots = Vec::with_capacity(entries.len());
        for (entry, (_, value)) in entries.iter().zip(params::values(module)?) {
            let (n, dtype) = (value.num_elements(), entry.dtype);
            let average = ema.map(|_| flat(&value));
            slots.push(if cpu {
                Slot::Host { m: zeros(n, dtype), v: zeros(n, dtype), average }
            } else {
                let make = |data| Tensor::from_data(data, (&device, dtype));
                Slot::Device { m: make(zeros(n, dtype)), v: make(zeros(n, dtype)), average: average.map(make) }
            });
        }
        Ok(Self { entries, slots, steps: 0, decay: ema })
    }

    /// Steps taken.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// One step. Returns the module and the global norm of the gradient before clipping; if the norm is not finite, the
    /// module and the state are left as they were.
    ///
    /// # Errors
    /// [`TrainError::Device`] if a tensor cannot be read.
    pub fn step<M: Module>(
        &mut self,
        module: M,
        grads: burn::tensor::Gradients,
        settings: &StepSettings,
    ) -> Result<(M, f64)> {
        let grads = params::gradients(&module, grads);
        let grads = self.to_slots(grads)?;
        let norm = global_norm(&grads)?;
        if !norm.is_finite() {
            return Ok((module, norm));
        }
        let scale = settings.clip.map_or(1.0, |clip| (clip / (norm + 1e-6)).min(1.0));
        self.steps += 1;
        let t = i32::try_from(self.steps).unwrap_or(i32::MAX);
        let [beta1, beta2] = settings.betas;
        let step = AdamwStep {
            lr: settings.lr,
            beta1,
            beta2,
            eps: settings.epsilon,
            weight_decay: settings.weight_decay,
            grad_scale: scale,
            bias1: 1.0 - beta1.powi(t),
            bias2: 1.0 - beta2.powi(t),
        };
        // A short memory at first: the average would otherwise carry the initial weights for long.
        let t = self.steps as f64;
        let decay = self.decay.map(|d| d.min((1.0 + t) / (10.0 + t)));
        let mut stepper = Stepper { slots: &mut self.slots, grads, step, decay, failed: None };
        let module = params::map(module, &mut stepper);
        match stepper.failed {
            Some(error) => Err(error),
            None => Ok((module, norm)),
        }
    }

    /// Gradients where the state is: in host memory or on the device.
    fn to_slots(&self, grads: Vec<Option<Tensor<1>>>) -> Result<Vec<Option<Grad>>> {
        let place = |(i, grad): (usize, Option<Tensor<1>>)| -> Result<Option<Grad>> {
            let Some(grad) = grad else { return Ok(None) };
            Ok(Some(match self.slots[i] {
                Slot::Host { .. } => Grad::Host(params::read(grad, &self.entries[i].name)?),
                Slot::Device { .. } => Grad::Device(grad),
            }))
        };
        grads.into_iter().enumerate().map(place).collect()
    }

    /// `module` with the averaged weights, or unchanged where no average is kept.
    ///
    /// # Errors
    /// [`TrainError::Device`] if an average cannot be read.
    pub fn averaged<M: Module>(&self, module: M) -> Result<M> {
        let averages = self.averages()?;
        if averages.is_empty() {
            return Ok(module);
        }
        let values: Vec<_> = averages.iter().map(|(_, data)| data).collect();
        Ok(params::with_values(module, &values))
    }

    fn collect(&self, prefix: &str, get: impl Fn(&Slot) -> Option<Result<TensorData>>) -> Result<Tensors> {
        let named = |(entry, slot): (&Entry, &Slot)| -> Option<Result<_>> {
            let shaped = |data: TensorData| {
                let data = TensorData::from_bytes(data.into_bytes(), entry.shape.clone(), entry.dtype);
                (format!("{prefix}{}", entry.name), data)
            };
            get(slot).map(|data| data.map(shaped))
        };
        self.entries.iter().zip(&self.slots).filter_map(named).collect()
    }

    /// The moments as `m.<parameter>` and `v.<parameter>`.
    pub(super) fn moments(&self) -> Result<Tensors> {
        let mut all = self.collect("m.", |slot| match slot {
            Slot::Host { m, .. } => Some(Ok(m.clone())),
            Slot::Device { m, .. } => Some(params::read(m.clone(), "a first moment")),
        })?;
        all.extend(self.collect("v.", |slot| match slot {
            Slot::Host { v, .. } => Some(Ok(v.clone())),
            Slot::Device { v, .. } => Some(params::read(v.clone(), "a second moment")),
        })?);
        Ok(all)
    }

    /// The averages under the names of the parameters; empty where none are kept.
    pub(super) fn averages(&self) -> Result<Tensors> {
        self.collect("", |slot| match slot {
            Slot::Host { average, .. } => average.clone().map(Ok),
            Slot::Device { average, .. } => average.clone().map(|a| params::read(a, "an average")),
        })
    }

    /// Puts saved tensors back; `find` looks one up by name (`m.`, `v.` or `average.` and the parameter), size and type.
    pub(super) fn restore(
        &mut self,
        steps: usize,
        mut find: impl FnMut(&str, usize, DType) -> Result<TensorData>,
    ) -> Result<()> {
        self.steps = steps;
        for (entry, slot) in self.entries.iter().zip(&mut self.slots) {
            let n = entry.shape.iter().product();
            let mut get = |kind: &str| find(&format!("{kind}.{}", entry.name), n, entry.dtype);
            match slot {
                Slot::Host { m, v, average } => {
                    *m = get("m")?;
                    *v = get("v")?;
                    if let Some(average) = average {
                        *average = get("average")?;
                    }
                }
                Slot::Device { m, v, average } => {
                    let (device, dtype) = (m.device(), entry.dtype);
                    *m = Tensor::from_data(get("m")?, (&device, dtype));
                    *v = Tensor::from_data(get("v")?, (&device, dtype));
                    if let Some(average) = average {
                        *average = Tensor::from_data(get("average")?, (&device, dtype));
                    }
                }
            }
        }
        Ok(())
    }
}

enum Grad {
    Host(TensorData),
    Device(Tensor<1>),
}

/// √Σ g² over all parameters, summed in a fixed order.
fn global_norm(grads: &[Option<Grad>]) -> Result<f64> {
    let mut sum = 0.0;
    let mut on_device: Option<Tensor<1>> = None;
    for grad in grads.iter().flatten() {
        match grad {
            Grad::Host(data) => {
                let error = |e| TrainError::device("a gradient", e);
                sum += match data.dtype() {
                    DType::F64 => optim::sum_squares(data.as_slice::<f64>().map_err(error)?),
                    _ => optim::sum_squares(data.as_slice::<f32>().map_err(error)?),
                };
            }
            Grad::Device(grad) => {
                let part = grad.clone().square().sum();
                on_device = Some(match on_device.take() {
                    Some(total) => total + part,
                    None => part,
                });
            }
        }
    }
    if let Some(total) = on_device {
        sum += params::scalar(total, "the norm of the gradient")?;
    }
    Ok(sum.sqrt())
}

struct Stepper<'a> {
    slots: &'a mut [Slot],
    grads: Vec<Option<Grad>>,
    step: AdamwStep,
    decay: Option<f64>,
    failed: Option<TrainError>,
}

impl Update for Stepper<'_> {
    fn update<const D: usize>(&mut self, index: usize, value: Tensor<D>) -> Tensor<D> {
        let grad = self.grads[index].take();
        match (&mut self.slots[index], grad) {
            (_, None) => value,
            (Slot::Host { m, v, average }, Some(Grad::Host(grad))) => {
                let (device, dtype) = (value.device(), value.dtype());
                // With a single owner this takes the buffer of the weights instead of copying it.
                let mut data = value.into_data();
                let done = match dtype {
                    DType::F64 => host_step::<f64>(&mut data, &grad, m, v, average.as_mut(), &self.step, self.decay),
                    _ => host_step::<f32>(&mut data, &grad, m, v, average.as_mut(), &self.step, self.decay),
                };
                if let Err(error) = done {
                    self.failed.get_or_insert(error);
                }
                Tensor::from_data(data, (&device, dtype))
            }
            (Slot::Device { m, v, average }, Some(Grad::Device(grad))) => {
                let shape = value.shape();
                let new = device_step(params::flat(value), grad, m, v, &self.step);
                if let (Some(average), Some(decay)) = (average, self.decay) {
                    *average = average.clone() * decay + new.clone() * (1.0 - decay);
                }
                new.reshape(shape)
            }
            // Gradients were put where the slots are.
            _ => value,
        }
    }
}

fn host_step<T: burn::tensor::Element + sobolev_kernels::Scalar>(
    w: &mut TensorData,
    g: &TensorData,
    m: &mut TensorData,
    v: &mut TensorData,
    average: Option<&mut TensorData>,
    step: &AdamwStep,
    decay: Option<f64>,
) -> Result<()> {
    let error = |e| TrainError::device("the optimiser state", e);
    let w = w.as_mut_slice::<T>().map_err(error)?;
    let (m, v) = (m.as_mut_slice::<T>().map_err(error)?, v.as_mut_slice::<T>().map_err(error)?);
    optim::adamw(w, g.as_slice::<T>().map_err(error)?, m, v, step);
    if let (Some(average), Some(decay)) = (average, decay) {
        optim::average(average.as_mut_slice::<T>().map_err(error)?, w, decay);
    }
    Ok(())
}

/// The formula of the kernel, composed of tensor operations.
fn device_step(w: Tensor<1>, g: Tensor<1>, m: &mut Tensor<1>, v: &mut Tensor<1>, s: &AdamwStep) -> Tensor<1> {
    let g = g * s.grad_scale;
    *m = m.clone() * s.beta1 + g.clone() * (1.0 - s.beta1);
    *v = v.clone() * s.beta2 + g.square() * (1.0 - s.beta2);
    let root = (v.clone() / s.bias2).sqrt() + s.eps;
    w * (1.0 - s.lr * s.weight_decay) - m.clone() / root * (s.lr / s.bias1)
}
