//! Laws made of laws.

use super::{Initial, Sampler, ensure};
use crate::Result;
use crate::spectral::FourierGrid;

/// The golden ratio's bits: seeds of neighbouring channels differ in all of them.
const CHANNEL_SEED: u64 = 0x9e37_79b9_7f4a_7c15;

/// `copies` independent draws of one law, one channel (or group of channels) after another: the components of a velocity, say.
#[derive(Clone, Debug)]
pub struct Independent<I> {
    /// The law of each.
    pub law: I,
    /// How many, at least 1.
    pub copies: usize,
}

impl<I: Initial> Initial for Independent<I> {
    fn channels(&self) -> usize {
        self.copies * self.law.channels()
    }

    fn on(&self, grid: &FourierGrid) -> Result<Sampler> {
        ensure(self.copies >= 1, "independent.copies", "at least 1", self.copies)?;
        let (sampler, copies) = (self.law.on(grid)?, self.copies as u64);
        Ok(Box::new(move |seed, index| {
            let seed = |copy: u64| seed.wrapping_add(copy.wrapping_mul(CHANNEL_SEED));
            (0..copies).flat_map(|copy| sampler(seed(copy), index)).collect()
        }))
    }
}

/// A law followed by as many channels of zeros: a displacement with zero velocity.
#[derive(Clone, Debug)]
pub struct AtRest<I>(pub I);

impl<I: Initial> Initial for AtRest<I> {
    fn channels(&self) -> usize {
        2 * self.0.channels()
    }

    fn on(&self, grid: &FourierGrid) -> Result<Sampler> {
        let sampler = self.0.on(grid)?;
        Ok(Box::new(move |seed, index| {
            let mut state = sampler(seed, index);
            state.resize(2 * state.len(), 0.0);
            state
        }))
    }
}

/// `offset + scale · u`, in every channel.
#[derive(Clone, Debug)]
pub struct Affine<I> {
    /// The law of u.
    pub law: I,
    /// The factor.
    pub scale: f64,
    /// What is added.
    pub offset: f64,
}

impl<I: Initial> Initial for Affine<I> {
    fn channels(&self) -> usize {
        self.law.channels()
    }

    fn on(&self, grid: &FourierGrid) -> Result<Sampler> {
        let (scale, offset) = (self.scale, self.offset);
        ensure(scale.is_finite() && offset.is_finite(), "affine", "finite", format!("{offset} + {scale} u"))?;
        let sampler = self.law.on(grid)?;
        Ok(Box::new(move |seed, index| {
            let mut state = sampler(seed, index);
            state.iter_mut().for_each(|u| *u = scale.mul_add(*u, offset));
            state
        }))
    }
}
