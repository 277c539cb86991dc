//! Operators whose linear maps are multigrid cycles with learned kernels.
//!
//! **Source.** He, Liu, Xu, *MgNO: Efficient Parameterization of Linear Operators via Multigrid*, ICLR 2024 (arXiv:2310.19809), and the
//! authors' code (github.com/xlliu2017/MgNO, commit 3a68a90), which is not quite what the paper describes: each difference is a choice
//! in `options`.
//!
//! ```text
//! options       the choices: boundaries and coarse grids, what is restricted, shared smoothers, where the weights start
//! cycle_config  MgConvConfig: levels, and the grids that they make       cycle     MgConv: the cycle
//! start         kernels that are drawn, or those of geometric multigrid
//! fields        functions on the training grid: biases, layer norms
//! config        MgnoConfig                                               model     Mgno
//! variants      the four published networks
//! ```

mod config;
mod cycle;
mod cycle_config;
mod fields;
mod model;
mod options;
mod start;
mod variants;

pub use config::MgnoConfig;
pub use cycle::MgConv;
pub use cycle_config::{LevelConfig, MgConvConfig};
pub use model::Mgno;
pub use options::{
    Bias, CoarseStart, Coarsening, FieldNorm, Geometric, Head, Local, Output, Prolongation, Restriction,
    Smoother, Smoothers, Start,
};
pub use sobolev_kernels::conv::Boundary;
