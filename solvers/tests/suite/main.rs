#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::float_cmp,
    missing_docs,
    reason = "tests"
)]

mod darcy;
mod equations_acoustic;
mod equations_elasticity;
mod equations_elliptic;
mod equations_heat;
mod equations_helmholtz;
mod fem_conditions;
mod fem_elements;
mod fem_evaluator;
mod fem_forms;
mod fem_order;
mod fem_reference;
mod fem_smoothing;
mod fem_solver;
mod fields;
mod grf;
mod lattice;
mod linear;
mod mesh;
mod mesh_fuzz;
mod mesh_gmsh;
mod mesh_locate;
mod spectral_chebyshev;
mod spectral_core;
mod spectral_dispersive;
mod spectral_fluids;
mod spectral_initial;
mod spectral_linear;
mod spectral_phi;
mod spectral_reaction;
mod spectral_tools;
mod time_first;
mod time_second;
mod time_support;
