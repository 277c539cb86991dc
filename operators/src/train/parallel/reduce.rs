//! Gradients and outputs of all ranks, and whether their weights agree.

use burn::module::Module;
use burn::tensor::{DType, Tensor, TensorData};

use super::super::checkpoint::State;
use super::super::error::{Result, TrainError};
use super::super::gradient::ParameterGradients;
use super::super::optimizer::AdamW;
use super::super::params;
use super::{Communicator, Floats, Ranks};

/// The sums over all ranks of their parts of a loss and of its gradient; a rank without samples brings no gradient at all. No gradient
/// is left where the loss is not finite.
pub(in crate::train) fn sum<M: Module>(
    model: &M,
    (loss, gradients): (f64, ParameterGradients),
    ranks: &Ranks,
) -> Result<(f64, ParameterGradients)> {
    let world = ranks.world();
    if world.size() == 1 {
        return Ok((loss, gradients));
    }
    let entries = params::entries(model);
    let device = model.devices().first().cloned().unwrap_or_default().without_autodiff();
    let mut own = gradients;
    own.resize(entries.len(), None);
    // Which parameters the loss depends on, a rank without samples cannot know.
    let mut sums = vec![loss];
    sums.extend(own.iter().map(|gradient| f64::from(u8::from(gradient.is_some()))));
    world.all_reduce_sum(Floats::F64(&mut sums))?;
    if !sums[0].is_finite() {
        return Ok((sums[0], Vec::new()));
    }
    let one = |((entry, own), &there): ((&params::Entry, Option<Tensor<1>>), &f64)| {
        if there == 0.0 {
            return Ok(None);
        }
        let n: usize = entry.shape.iter().product();
        let mut data = match own {
            Some(gradient) => params::read(gradient, &entry.name)?,
            None => TensorData::from_bytes_vec(vec![0; n * entry.dtype.size()], [n], entry.dtype),
        };
        let error = |e| TrainError::device(&entry.name, e);
        match entry.dtype {
            DType::F64 => world.all_reduce_sum(Floats::F64(data.as_mut_slice().map_err(error)?)),
            _ => world.all_reduce_sum(Floats::F32(data.as_mut_slice().map_err(error)?)),
        }?;
        Ok(Some(Tensor::from_data(data, (&device, entry.dtype))))
    };
    let gradients = entries.iter().zip(own).zip(&sums[1..]).map(one).collect::<Result<_>>()?;
    Ok((sums[0], gradients))
}

/// The fields of all ranks of `group`, one after the other along the first axis; each has as many.
pub(in crate::train) fn gather(group: &dyn Communicator, own: Tensor<3>) -> Result<Tensor<3>> {
    if group.size() == 1 {
        return Ok(own);
    }
    let ([fields, channels, points], device, dtype) = (own.dims(), own.device(), own.dtype());
    let data = params::read(own, "the output of patches")?;
    let all = group.all_gather(data.as_bytes())?;
    let data = TensorData::from_bytes_vec(all, [fields * group.size(), channels, points], dtype);
    Ok(Tensor::from_data(data, (&device, dtype)))
}

/// Checks that every rank has the same weights, and with `optimizer` the same state of the training; the answer is the same for all.
pub(in crate::train) fn agree<M: Module>(
    model: &M,
    optimizer: Option<&AdamW>,
    state: &State,
    ranks: &Ranks,
    when: &str,
) -> Result<()> {
    let world = ranks.world();
    if world.size() == 1 {
        return Ok(());
    }
    let mut hash = Hash(0);
    for number in [state.step, state.epoch, state.step_in_epoch, state.steps_per_epoch] {
        hash.add(&(number as u64).to_le_bytes());
    }
    hash.add(&state.seed.to_le_bytes());
    let moments = optimizer.map_or(Ok(Vec::new()), AdamW::moments)?;
    for (name, data) in params::values(model)?.iter().chain(&moments) {
        hash.add(name.as_bytes());
        hash.add(data.as_bytes());
    }
    let all = world.all_gather(&hash.0.to_le_bytes())?;
    let hashes: Vec<&[u8]> = all.chunks_exact(size_of::<u64>()).collect();
    match hashes.iter().position(|hash| *hash != hashes[0]) {
        None => Ok(()),
        Some(rank) => Err(TrainError::ranks(format!(
            "the weights of rank {rank} are not those of rank 0 {when}; every rank must be given the same \
             arguments and the same data, and find the same processor and the same run folder"
        ))),
    }
}

/// A hash of bytes, a word at a time (the step of FNV-1a, with a rotation so that high bits count).
struct Hash(u64);

impl Hash {
    fn add(&mut self, bytes: &[u8]) {
        let mut step = |word: u64| self.0 = (self.0 ^ word).wrapping_mul(0x0100_0000_01b3).rotate_left(29);
        step(bytes.len() as u64);
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            step(u64::from_le_bytes(word));
        }
    }
}
