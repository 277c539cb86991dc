//! Training on several processes: the samples of a step shared among data groups, the patches of a sample among the ranks of a group.
//!
//! N ranks make N/M data groups of M neighbours. Weights and optimiser are on every rank. Data group d has b_d of the b samples of a
//! step, rank p of the group the patches K_p of those (all of them where M = 1). With the patches' outputs y_k = F(x_k) and the
//! stitching S
//!
//! ```math
//! ℓ = \sum_d \frac{b_d}{b}\, ℓ_d(S y),
//! \qquad
//! \nabla_\theta\, ℓ = \sum_d \sum_p \sum_{k \in K_p} \left(\frac{\partial F(x_k)}{\partial\theta}\right)^{\!*} g_k,
//! \qquad g = \frac{b_d}{b}\, S^*\, \nabla ℓ_d(S y).
//! ```
//!
//! The ranks of a group gather the outputs of all its patches; each finds g on the whole field, as the others do, and keeps the part
//! that belongs to its own patches, which is the exact adjoint of gathering. The sum over all ranks is then the gradient of the
//! step's one loss, whatever N and M: no factor is left to correct. Every rank takes the same step with it.
//!
//! **Source.** The decomposition of Kossaifi et al. (TMLR 2024, arXiv:2310.00120), section 3, whose patches train in parallel there.
//!
//! ```text
//! communicator   Communicator: what ranks can do together; Single
//! threads        ranks that are threads of one process: tests
//! mpi            ranks that are processes (feature `mpi`)
//! ranks          Ranks: data groups and patches
//! reduce         sums of gradients; whether the weights agree
//! ```

mod communicator;
#[cfg(feature = "mpi")]
mod mpi;
mod ranks;
mod reduce;
mod threads;

pub use communicator::{Communicator, Floats, Single};
#[cfg(feature = "mpi")]
pub use mpi::{Mpi, World};
pub use ranks::{Ranks, Share};
pub(super) use reduce::{agree, gather, sum};
pub use threads::Threads;
