//! Gray-Scott reaction and diffusion, with The Well's six sets of parameters.

use serde::{Deserialize, Serialize};
use sobolev_solvers::spectral::Dealias;
use sobolev_solvers::spectral::equations;
use sobolev_solvers::spectral::initial::{GrayScottClusters, GrayScottFourier};

use super::family::{About, Family, Simulation, Variant};
use super::parameter::Accepts;
use super::settings::settings;
use super::spectral::{Clock, Given, Lattice, Stored, sampler, trajectories};
use crate::Result;

/// The Well's two kinds of starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Start {
    Clusters,
    Fourier,
}

settings! {
    /// Settings of the Gray-Scott equations on the square of side 2.
    ///
    /// **Shapes.** Fields `A` and `B`, each `[frames + 1, y, x]`.
    pub struct GrayScott {
        feed: f64 = 0.029, Accepts::Number(1e-6, 1.0), "1/time", "feed rate f";
        kill: f64 = 0.057, Accepts::Number(1e-6, 1.0), "1/time", "kill rate k";
        diffusivity_a: f64 = 2e-5, Accepts::Number(1e-9, 1.0), "length^2/time", "diffusivity of A";
        diffusivity_b: f64 = 1e-5, Accepts::Number(1e-9, 1.0), "length^2/time", "diffusivity of B";
        start: Start = Start::Clusters, Accepts::Words(&["clusters", "fourier"]), "",
            "random clusters of Gaussians, or random trigonometric interpolants";
        frames: usize = 1000, Accepts::Integer(1, 1_000_000), "", "stored times after the start";
        interval: f64 = 10.0, Accepts::Number(1e-3, 1e6), "time", "time between two stored ones";
        dt: f64 = 1.0, Accepts::Number(1e-6, 100.0), "time", "largest time step of the solver";
        solver_points: usize = 128, Accepts::Integer(1, 8192), "",
            "least number of points of the solver along an axis; raised to a multiple of the resolution";
    }
}

macro_rules! pattern {
    ($name:literal, $what:literal, $feed:literal, $kill:literal) => {
        Variant { name: $name, summary: $what, source: "", settings: &[("feed", $feed), ("kill", $kill)] }
    };
}

const VARIANTS: &[Variant] = &[
    pattern!("gray-scott-gliders", "Gliders: f = 0.014, k = 0.054.", "0.014", "0.054"),
    pattern!("gray-scott-bubbles", "Bubbles: f = 0.098, k = 0.057.", "0.098", "0.057"),
    pattern!("gray-scott-maze", "Maze: f = 0.029, k = 0.057.", "0.029", "0.057"),
    pattern!("gray-scott-worms", "Worms: f = 0.058, k = 0.065.", "0.058", "0.065"),
    pattern!("gray-scott-spirals", "Spirals: f = 0.018, k = 0.051.", "0.018", "0.051"),
    pattern!("gray-scott-spots", "Spots: f = 0.03, k = 0.062.", "0.03", "0.062"),
];

const ABOUT: About = About {
    name: "gray-scott",
    summary: "Two chemicals that react and diffuse: Turing patterns from random starts.",
    equation: "A_t = d_A Laplace A - A B^2 + f (1 - A), B_t = d_B Laplace B + A B^2 - (f + k) B, periodic",
    tex: "A_t = \\delta_A\\Delta A - AB^2 + f(1-A),\\quad B_t = \\delta_B\\Delta B + AB^2 - (f+k)B",
    solver: "Fourier pseudo-spectral (dealiased for cubic products), ETDRK4",
    source: "R. Ohana et al., The Well, arXiv 2412.00568, data set gray_scott_reaction_diffusion: parameters, starts, grid and times",
    purpose: "Pattern formation over long times; transfer between sets of parameters.",
    internal: "128 x 128 points, dt = 1: in time 1e-4 off in the first stored interval, below 1e-7 later",
    parameters: PARAMETERS,
    variants: VARIANTS,
};

impl Family for GrayScott {
    const ABOUT: &'static About = &ABOUT;

    fn build(&self, resolution: usize) -> Result<Box<dyn Simulation>> {
        let lattice = Lattice::new(2, resolution, self.solver_points, 2.0, 8..=8192)?;
        let clock = Clock::new(self.dt, 0.0, self.interval, self.frames)?;
        let start = match self.start {
            Start::Clusters => sampler(ABOUT.name, &GrayScottClusters {}, &lattice)?,
            Start::Fourier => {
                sampler(ABOUT.name, &GrayScottFourier { feed: self.feed, kill: self.kill }, &lattice)?
            }
        };
        let equation = equations::GrayScott {
            feed: self.feed,
            kill: self.kill,
            diffusivity: [self.diffusivity_a, self.diffusivity_b],
        };
        let stored = vec![Stored::scalar("A", 0), Stored::scalar("B", 1)];
        let dealias = Dealias::Truncate { degree: 3 };
        trajectories(ABOUT.name, equation, dealias, lattice, clock, start, Given::Nothing, stored)
    }
}
