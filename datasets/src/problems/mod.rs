//! Problems by name: `sobolev list problems`, `sobolev generate NAME --set KEY=VALUE`.
//!
//! | file | what |
//! |---|---|
//! | `parameter` | parameters: meaning, accepted values, from words to values |
//! | `family` | what the author of a problem writes: [`About`], [`Family`], [`Simulation`] |
//! | `registry` | all of them by name |
//! | `settings` | settings and their parameters from one table |
//! | `spectral/` | trajectories of a periodic equation as samples |
//! | `elements/` | nodes and random fields of problems that finite elements solve |
//! | `varied` | parameters that differ from sample to sample |
//! | `check` | tests for authors |
//! | one per family | its settings, its words, its simulation |
//!
//! **A new problem** is a file here with a settings struct that implements [`Family`], a simulation that implements [`Simulation`],
//! and a line in [`registry`]. The command line, cards, files, streaming and the tests of the registry follow.

mod acoustic;
mod allen_cahn;
mod burgers;
mod check;
mod darcy;
mod elastodynamics;
mod elements;
mod family;
mod gray_scott;
mod helmholtz;
mod kolmogorov;
mod korteweg_de_vries;
mod kuramoto_sivashinsky;
mod navier_stokes;
mod parameter;
mod registry;
mod settings;
mod shallow_water;
mod spectral;
mod turbulence;
mod varied;

pub use acoustic::Acoustic;
pub use allen_cahn::AllenCahn;
pub use burgers::Burgers;
pub use check::{check_batches, check_entry};
pub use darcy::Darcy;
pub use elastodynamics::Elastodynamics;
pub use family::{About, Failure, Family, Simulation, Variant};
pub use gray_scott::GrayScott;
pub use helmholtz::Helmholtz;
pub use kolmogorov::Kolmogorov;
pub use korteweg_de_vries::KortewegDeVries;
pub use kuramoto_sivashinsky::KuramotoSivashinsky;
pub use navier_stokes::NavierStokes;
pub use parameter::{Accepts, Parameter, split_setting};
pub use registry::{Entry, build, find};
pub use shallow_water::ShallowWater;
pub use turbulence::Turbulence;

/// Every family of problems.
pub fn registry() -> Vec<Entry> {
    vec![
        Entry::of::<Darcy>(),
        Entry::of::<Helmholtz>(),
        Entry::of::<Acoustic>(),
        Entry::of::<Elastodynamics>(),
        Entry::of::<Burgers>(),
        Entry::of::<NavierStokes>(),
        Entry::of::<Turbulence>(),
        Entry::of::<Kolmogorov>(),
        Entry::of::<KuramotoSivashinsky>(),
        Entry::of::<KortewegDeVries>(),
        Entry::of::<AllenCahn>(),
        Entry::of::<GrayScott>(),
        Entry::of::<ShallowWater>(),
    ]
}
