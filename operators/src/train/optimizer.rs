//! AdamW over all parameters of a module.
//!
//! ```math
//! m ← β₁ m + (1 − β₁) g,    v ← β₂ v + (1 − β₂) g²,
//! w ← (1 − η λ) w − η (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε)
//! ```
//!
//! or, with a coupled decay, `g + λ w` in place of g and no factor of w.
//!
//! **Source.** Loshchilov and Hutter, *Decoupled Weight Decay Regularization* (2019), algorithm 2, with the schedule's
//! factor inside η for the decay too, as PyTorch has it; the coupled decay is that of PyTorch's Adam.
//!
//! On the CPU the weights are updated in place by the fused kernel; elsewhere the same formula is composed of tensor
//! operations, and weights and moments stay on the device.

use burn::module::Module;
use burn::tensor::{DType, Device, Tensor, TensorData};
use sobolev_kernels::optim::{self, Decay, clip_factor};

use super::error::{Result, TrainError};
use super::gradient::ParameterGradients;
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
    /// Weight decay λ.
    pub weight_decay: f64,
    /// How it enters.
    pub decay: Decay,
    /// Factor of the gradient, before its norm is taken.
    pub gradient_scale: f64,
    /// Largest global norm of the gradient.
    pub clip: Option<f64>,
}

impl Default for StepSettings {
    /// A learning rate of 10⁻³ with the usual moments, without decay or clip.
    fn default() -> Self {
        Self {
            lr: 1e-3,
            betas: [0.9, 0.999],
            epsilon: 1e-8,
            weight_decay: 0.0,
            decay: Decay::Decoupled,
            gradient_scale: 1.0,
            clip: None,
        }
    }
}

/// What belongs to one parameter, flattened.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant, reason = "one per parameter, and all of one kind")]
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
                Slot::Device {
                    m: make(zeros(n, dtype)),
                    v: make(zeros(n, dtype)),
                    average: average.map(make),
                }
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
        self.step_by(module, grads, settings)
    }

    /// [`step`](Self::step) with gradients in visiting order.
    ///
    /// # Errors
    /// [`TrainError::Device`] if a tensor cannot be read.
    pub fn step_by<M: Module>(
        &mut self,
        module: M,
        grads: ParameterGradients,
        settings: &StepSettings,
    ) -> Result<(M, f64)> {
        let grads = self.to_slots(grads)?;
        let norm = settings.gradient_scale * global_norm(&grads)?;
        if !norm.is_finite() {
            return Ok((module, norm));
        }
        let clip = settings.clip.map_or(1.0, |limit| clip_factor(norm, limit));
        let scale = settings.gradient_scale * clip;
        self.steps += 1;
        let rule = optim::AdamW {
            lr: settings.lr,
            beta1: settings.betas[0],
            beta2: settings.betas[1],
            eps: settings.epsilon,
            weight_decay: settings.weight_decay,
            decay: settings.decay,
        };
        let step = Step { rule, t: self.steps as u64, scale };
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
    let (mut singles, mut doubles): (Vec<&[f32]>, Vec<&[f64]>) = (Vec::new(), Vec::new());
    let mut on_device: Option<Tensor<1>> = None;
    let error = |e| TrainError::device("a gradient", e);
    for grad in grads.iter().flatten() {
        match grad {
            Grad::Host(data) if data.dtype() == DType::F64 => doubles.push(data.as_slice().map_err(error)?),
            Grad::Host(data) => singles.push(data.as_slice().map_err(error)?),
            Grad::Device(grad) => {
                let part = grad.clone().square().sum();
                on_device = Some(match on_device.take() {
                    Some(total) => total + part,
                    None => part,
                });
            }
        }
    }
    let mut sum = optim::global_norm(&singles).powi(2) + optim::global_norm(&doubles).powi(2);
    if let Some(total) = on_device {
        sum += params::scalar(total, "the norm of the gradient")?;
    }
    Ok(sum.sqrt())
}

/// What all parameters share in a step.
#[derive(Clone, Copy)]
struct Step {
    rule: optim::AdamW,
    /// Number of the step, from 1.
    t: u64,
    /// Factor of the gradients.
    scale: f64,
}

struct Stepper<'a> {
    slots: &'a mut [Slot],
    grads: Vec<Option<Grad>>,
    step: Step,
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
                    DType::F64 => {
                        host_step::<f64>(&mut data, &grad, m, v, average.as_mut(), &self.step, self.decay)
                    }
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
    step: &Step,
    decay: Option<f64>,
) -> Result<()> {
    let error = |e| TrainError::device("the optimiser state", e);
    let w = w.as_mut_slice::<T>().map_err(error)?;
    let (m, v) = (m.as_mut_slice::<T>().map_err(error)?, v.as_mut_slice::<T>().map_err(error)?);
    let g = g.as_slice::<T>().map_err(error)?;
    step.rule.step(step.t, step.scale, optim::Slot { p: w, g, m, v });
    if let (Some(average), Some(decay)) = (average, decay) {
        let (old, new) = (T::of(decay), T::of(1.0 - decay));
        for (a, &w) in average.as_mut_slice::<T>().map_err(error)?.iter_mut().zip(w.iter()) {
            *a = old * *a + new * w;
        }
    }
    Ok(())
}

/// The formula of the kernel, composed of tensor operations.
fn device_step(w: Tensor<1>, g: Tensor<1>, m: &mut Tensor<1>, v: &mut Tensor<1>, step: &Step) -> Tensor<1> {
    let rule = &step.rule;
    let g = g * step.scale;
    let (g, keep) = match rule.decay {
        Decay::Decoupled => (g, 1.0 - rule.lr * rule.weight_decay),
        Decay::Coupled => (g + w.clone() * rule.weight_decay, 1.0),
    };
    *m = m.clone() * rule.beta1 + g.clone() * (1.0 - rule.beta1);
    *v = v.clone() * rule.beta2 + g.square() * (1.0 - rule.beta2);
    let correction = |beta: f64| -(step.t as f64 * beta.ln()).exp_m1();
    let root = v.clone().sqrt() / correction(rule.beta2).sqrt() + rule.eps;
    w * keep - m.clone() / root * (rule.lr / correction(rule.beta1))
}
