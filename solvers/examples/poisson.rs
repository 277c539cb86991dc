//! −Δu = 1 on the unit square with P1 triangles: the time of each step from the mesh to the linear system, as JSON.
//!
//! `cargo run --release -p sobolev-solvers --example poisson [cells per side, 255] [repetitions, 9]`
//!
//! Times are medians in milliseconds. `pattern` makes the sparsity pattern and the assembly tables, `matrix` and `load` assemble for the
//! first time, `condense` eliminates the boundary; `again` assembles the matrix with new coefficients on the same pattern.

use std::sync::Arc;
use std::time::Instant;

use sobolev_solvers::Result;
use sobolev_solvers::fem::{Assembler, Condensed, Constraints, Element, Field, Form, Space};
use sobolev_solvers::mesh::{CellKind, Mesh};

const STEPS: [&str; 6] = ["space", "pattern", "matrix", "load", "condense", "again"];

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1).filter_map(|a| a.parse::<usize>().ok());
    let n = arguments.next().unwrap_or(255);
    let repetitions = arguments.next().unwrap_or(9).max(1);
    let mesh = Arc::new(Mesh::rectangle(CellKind::Triangle, [n, n], [0.0; 2], [1.0; 2])?);
    let runs = (0..repetitions).map(|_| run(&mesh)).collect::<Result<Vec<_>>>()?;
    let times: serde_json::Map<_, _> = STEPS
        .iter()
        .enumerate()
        .map(|(step, name)| {
            let mut times: Vec<f64> = runs.iter().map(|(times, _)| times[step]).collect();
            times.sort_by(f64::total_cmp);
            ((*name).to_owned(), times[times.len() / 2].into())
        })
        .collect();
    let report = serde_json::json!({
        "element": "P1",
        "cells": mesh.n_cells(),
        "unknowns": runs[0].1,
        "threads": rayon::current_num_threads(),
        "milliseconds": times,
    });
    println!("{report}");
    Ok(())
}

/// The times of the steps, and the number of unknowns.
fn run(mesh: &Arc<Mesh>) -> Result<([f64; STEPS.len()], usize)> {
    let mut times = [0.0; STEPS.len()];
    let mut clock = Instant::now();
    let mut lap = |step: usize| {
        times[step] = 1e3 * clock.elapsed().as_secs_f64();
        clock = Instant::now();
    };
    let space = Arc::new(Space::new(mesh.clone(), Element::P1, 1)?);
    lap(0);
    let assembler = Assembler::new(space.clone())?;
    lap(1);
    let mut stiffness = assembler.matrix(&[Form::Diffusion(Field::Constant(1.0))])?;
    lap(2);
    let load = assembler.load(Field::Constant(1.0))?;
    lap(3);
    let mut constraints = Constraints::new(&space);
    constraints.fix_nodes(&space, &space.all_boundary_nodes(), |_| 0.0)?;
    let condensed = Condensed::new(assembler.pattern(), &constraints.dofs())?;
    let matrix = condensed.matrix(&stiffness);
    let rhs = condensed.rhs(&stiffness, &load, &constraints);
    lap(4);
    let coefficient = vec![2.0; mesh.n_cells()];
    assembler.matrix_into(&[Form::Diffusion(Field::Cells(&coefficient))], &mut stiffness)?;
    lap(5);
    debug_assert_eq!(matrix.n_rows(), rhs.len());
    Ok((times, load.len()))
}
