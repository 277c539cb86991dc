//! What ranks can do together.

use super::super::error::Result;

/// Numbers that are added up.
#[derive(Debug)]
pub enum Floats<'a> {
    /// In single precision.
    F32(&'a mut [f32]),
    /// In double precision.
    F64(&'a mut [f64]),
}

impl Floats<'_> {
    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::F32(values) => values.len(),
            Self::F64(values) => values.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A group of ranks 0 .. `size` that work in step: each calls the same functions in the same order, with as many values.
///
/// **Contract.** A call returns on every rank or fails on every rank that is left; it never waits for a rank that is gone. Sums have
/// the same bits on all ranks.
pub trait Communicator {
    /// Which of the ranks this is.
    fn rank(&self) -> usize;

    /// Number of ranks.
    fn size(&self) -> usize;

    /// Replaces the values of every rank by their sum over the ranks.
    ///
    /// # Errors
    /// [`TrainError::Ranks`](super::super::TrainError::Ranks) if a rank is gone or brings another number of values.
    fn all_reduce_sum(&self, values: Floats<'_>) -> Result<()>;

    /// The values of all ranks, one after the other.
    ///
    /// # Errors
    /// [`TrainError::Ranks`](super::super::TrainError::Ranks) if a rank is gone or brings another number of values.
    fn all_gather(&self, values: &[u8]) -> Result<Vec<u8>>;

    /// Replaces the values of every rank by those of rank 0.
    ///
    /// # Errors
    /// [`TrainError::Ranks`](super::super::TrainError::Ranks) if a rank is gone or brings another number of values.
    fn broadcast(&self, values: &mut [u8]) -> Result<()>;

    /// The ranks that name the same colour, in their order here.
    ///
    /// # Errors
    /// [`TrainError::Ranks`](super::super::TrainError::Ranks) if a rank is gone.
    fn split(&self, colour: usize) -> Result<Box<dyn Communicator>>;
}

/// One rank alone.
#[derive(Debug, Clone, Copy, Default)]
pub struct Single;

impl Communicator for Single {
    fn rank(&self) -> usize {
        0
    }

    fn size(&self) -> usize {
        1
    }

    fn all_reduce_sum(&self, _: Floats<'_>) -> Result<()> {
        Ok(())
    }

    fn all_gather(&self, values: &[u8]) -> Result<Vec<u8>> {
        Ok(values.to_vec())
    }

    fn broadcast(&self, _: &mut [u8]) -> Result<()> {
        Ok(())
    }

    fn split(&self, _: usize) -> Result<Box<dyn Communicator>> {
        Ok(Box::new(Self))
    }
}
