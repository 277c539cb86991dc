//! What every learned map between function spaces can do.

use burn::module::ParamId;
use burn::tensor::Tensor;

use crate::multigrid::Multigrid;
use crate::{Error, Result};

/// The Fourier modes of an operator that has one number per axis for all of its layers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Modes {
    /// Modes in use per axis, as [`FnoConfig::n_modes`](crate::FnoConfig::n_modes): the wavenumbers up to n/2.
    pub used: Vec<usize>,
    /// Modes for which there are weights.
    pub allocated: Vec<usize>,
    /// The parameters that belong to single modes, of all layers.
    pub parameters: Vec<ModeParameter>,
}

/// A parameter some of whose axes run over Fourier modes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModeParameter {
    /// Its identity in the module.
    pub id: ParamId,
    /// These axes.
    pub axes: Vec<ModeAxis>,
}

/// The modes of one grid axis in a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModeAxis {
    /// The grid axis.
    pub axis: usize,
    /// Its number of modes.
    pub modes: usize,
    /// Where the wavenumber 0 stands; the others ascend from there, and descend before it.
    pub zero: usize,
    /// Entries of the parameter from one mode to the next.
    pub stride: usize,
}

/// A map from fields on a grid to fields on the same grid.
///
/// **Shapes.** Flat: `[batch, channels, points]` beside `size`, whose product is `points`. Full: `[batch, channels, z, y, x]`
/// with as many grid axes as the operator has dimensions.
pub trait Operator {
    /// Channels of the input field.
    fn in_channels(&self) -> usize;

    /// Channels of the output field.
    fn out_channels(&self) -> usize;

    /// Grid axes: 1, 2 or 3.
    fn n_dim(&self) -> usize;

    /// Applies the operator to a flat field on a grid of `size`.
    ///
    /// # Panics
    /// If `x` is not `[batch, in_channels, product of size]`, or `size` has not [`n_dim`](Self::n_dim) positive entries or does not
    /// pass [`check_size`](Self::check_size).
    fn forward_flat(&self, x: Tensor<3>, size: &[usize]) -> Tensor<3>;

    /// The Fourier modes of an operator that has one number per axis for all of its layers.
    fn modes(&self) -> Option<Modes> {
        None
    }

    /// Checks that the operator can work on a grid of `size`; most work on all.
    ///
    /// # Errors
    /// [`Error::Grid`] naming the axis and what would fit.
    fn check_size(&self, size: &[usize]) -> Result<()> {
        let _ = size;
        Ok(())
    }

    /// The decomposition of an operator that works patch by patch.
    fn decomposition(&self) -> Option<&Multigrid> {
        None
    }

    /// Whether parts of it compute with 16-bit numbers, whose range the gradients have to be brought into.
    fn is_half(&self) -> bool {
        false
    }

    /// Changes the number of Fourier modes in use, where the operator has one number per axis for all of its layers.
    ///
    /// # Errors
    /// [`Error::Config`] for a zero, for more modes than are allocated, for a wrong number of axes, or where the operator has no
    /// such number.
    fn set_n_modes(&mut self, n_modes: &[usize]) -> Result<()> {
        Err(Error::config("n_modes", "an operator with one number of modes per axis", format!("{n_modes:?}")))
    }

    /// Applies the operator to a field `[batch, channel, z, y, x]`.
    ///
    /// # Panics
    /// If the rank is not `2 + n_dim`, an axis is empty, or the channel axis is not `in_channels` long.
    fn forward<const R: usize>(&self, x: Tensor<R>) -> Tensor<R>
    where
        Self: Sized,
    {
        let dims = x.dims();
        assert!(
            R == 2 + self.n_dim(),
            "an operator on {} grid axes takes a tensor of rank {}, not rank {R} with shape {dims:?}",
            self.n_dim(),
            2 + self.n_dim()
        );
        let points = dims[2..].iter().product();
        let y = self.forward_flat(x.reshape([dims[0], dims[1], points]), &dims[2..]);
        let mut shape = dims;
        shape[1] = self.out_channels();
        y.reshape(shape)
    }
}

/// The check at the door of every `forward_flat`.
pub(crate) fn check_input(x: &Tensor<3>, size: &[usize], in_channels: usize, n_dim: usize) {
    let [batch, channels, points] = x.dims();
    assert!(batch > 0, "axis `batch` of the input must not be empty");
    assert!(channels == in_channels, "axis `channels` of the input must be {in_channels}, is {channels}");
    assert!(
        size.len() == n_dim && size.iter().all(|&n| n > 0),
        "the grid must have {n_dim} axes without an empty one, is {size:?}"
    );
    let expected: usize = size.iter().product();
    assert!(
        points == expected,
        "axis `points` of the input must be {expected} for the grid {size:?}, is {points}"
    );
}
