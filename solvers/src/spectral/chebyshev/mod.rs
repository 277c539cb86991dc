//! Chebyshev methods: spectral accuracy between walls, in one dimension and across a periodic channel.
//!
//! | file | what |
//! |---|---|
//! | `grid` | [`ChebyshevGrid`]: Gauss-Lobatto points, fast transforms, derivatives, quadrature |
//! | `banded` | factorisation of the banded part of the operators |
//! | `wall` | [`Wall`]: Dirichlet, Neumann and Robin conditions; [`WallSolver`]: boundary-value problems in O(n) |
//! | `channel` | [`ChannelGrid`]: Fourier along x, Chebyshev along y; [`ChannelSolver`]: Poisson and Helmholtz problems |
//! | `stepper` | [`WallStepper`]: implicit-explicit multistep methods of order 1 to 4 |
//! | `line`, `strip` | [`LineEquation`] and [`StripEquation`]: `u_t = ν ∇²u + r(u, ∇u, x, t)` in one and two dimensions |
//! | `equations` | [`WallHeat`], [`WallBurgers`], [`WallAllenCahn`], [`ChannelAdvection`] |

mod banded;
mod channel;
mod equations;
mod grid;
mod line;
mod stepper;
mod strip;
mod wall;

pub use channel::{ChannelGrid, ChannelSolver};
pub use equations::{ChannelAdvection, WallAllenCahn, WallBurgers, WallHeat};
pub use grid::ChebyshevGrid;
pub use line::{Line, LineEquation, LinePoint};
pub use stepper::{WallState, WallStepper, WallSystem};
pub use strip::{Strip, StripEquation, StripPoint};
pub use wall::{Wall, WallOperator, WallSolver};
