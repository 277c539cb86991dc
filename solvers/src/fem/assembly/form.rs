//! Bilinear forms.

use super::field::Sizes;
use super::{Field, Value};
use crate::fem::Space;
use crate::{Error, Result};

/// A bilinear form on cells; u is the unknown, v the test function.
///
/// On a space with several components `Mass`, `Diffusion`, `Anisotropic` and `Advection` act on each component alone.
///
/// All are symmetric but `Advection`, and `Anisotropic` with a tensor that is not. Forms of complex coefficients are bilinear, not
/// sesquilinear: the matrices of Helmholtz problems are complex symmetric.
#[derive(Clone, Copy, Debug)]
pub enum Form<'a, T> {
    /// Mass or reaction.
    ///
    /// ```math
    /// \int_\Omega c\, u\, v
    /// ```
    Mass(Field<'a, T>),
    /// Isotropic diffusion.
    ///
    /// ```math
    /// \int_\Omega a\, \nabla u \cdot \nabla v
    /// ```
    Diffusion(Field<'a, T>),
    /// Diffusion with a tensor A, `[row, column]`, of which the leading block of the mesh's dimension counts.
    ///
    /// ```math
    /// \int_\Omega A\, \nabla u \cdot \nabla v
    /// ```
    Anisotropic(Field<'a, [[T; 3]; 3]>),
    /// Advection by a velocity b.
    ///
    /// ```math
    /// \int_\Omega (b \cdot \nabla u)\, v
    /// ```
    Advection(Field<'a, [T; 3]>),
    /// Linear isotropic elasticity with the Lamé parameters λ, μ, on a space with as many components as dimensions; in 2-D this is
    /// plane strain. For plane stress put 2λμ / (λ + 2μ) in the place of λ.
    ///
    /// ```math
    /// \int_\Omega \lambda\, (\nabla \cdot u)(\nabla \cdot v) + 2 \mu\, \varepsilon(u) : \varepsilon(v), \qquad
    /// \varepsilon(u) = \tfrac12 (\nabla u + \nabla u^\top)
    /// ```
    Elasticity {
        /// λ
        lambda: Field<'a, T>,
        /// μ
        mu: Field<'a, T>,
    },
}

impl<T: Value> Form<'_, T> {
    pub(super) fn check(&self, space: &Space, sizes: &Sizes) -> Result<()> {
        match self {
            Self::Mass(c) => c.check("the mass coefficient", sizes),
            Self::Diffusion(a) => a.check("the diffusion coefficient", sizes),
            Self::Anisotropic(a) => a.check("the diffusion tensor", sizes),
            Self::Advection(b) => b.check("the velocity", sizes),
            Self::Elasticity { lambda, mu } => {
                if space.components() != space.dim() {
                    let value = format!("{} in {}-D", space.components(), space.dim());
                    let expected = "the dimension of the mesh for elasticity";
                    return Err(Error::Config { field: "components", expected, value });
                }
                lambda.check("the Lamé parameter λ", sizes)?;
                mu.check("the Lamé parameter μ", sizes)
            }
        }
    }
}
