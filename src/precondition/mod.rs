//! Learned preconditioners for the elliptic solver and for the Helmholtz equation: training on random media, and use.
//!
//! ```no_run
//! use std::sync::Arc;
//! use sobolev::operators::PreconditionerConfig;
//! use sobolev::precondition::{DiffusionTraining, LearnedSmoothing, train};
//! use sobolev::solvers::fem::{Coefficient, EllipticSolver, Load};
//!
//! let net = train(&PreconditionerConfig::default(), &DiffusionTraining::default(), &mut |_| {})?;
//! let mut solver = EllipticSolver::new(256, 256)?.with_smoothing(Arc::new(LearnedSmoothing::new(net)));
//! let (a, mut u) = (vec![1.0; 256 * 256], vec![0.0; 257 * 257]);
//! let report = solver.solve(Coefficient::Cells(&a), Load::Constant(1.0), None, &mut u)?;
//! assert!(report.iterations < 12);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod learned;
mod optimise;
mod training;
mod waves;

pub use error::PreconditionError;
pub use learned::LearnedSmoothing;
pub use optimise::Progress;
pub use training::{DiffusionTraining, train};
pub use waves::{LearnedWaves, WaveTraining, Waves, train_waves};
