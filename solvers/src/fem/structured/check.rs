//! The checks at the door of the finite-element solver.

use super::assembly::{Coefficient, Load};
use super::solver::Stopping;
use super::stencil::Layout;
use crate::{Error, Result};

/// Cells of one axis beyond which a request is taken for a mistake: 16384² nodes need 40 GB.
const MAX_CELLS: usize = 16_384;

pub(super) fn cells(field: &'static str, value: usize) -> Result<()> {
    if (2..=MAX_CELLS).contains(&value) {
        return Ok(());
    }
    Err(Error::Config { field, expected: "a number of cells in 2..=16384", value: value.to_string() })
}

pub(super) fn stopping(stopping: &Stopping) -> Result<()> {
    let tolerance = stopping.tolerance;
    if !(tolerance > 0.0 && tolerance < 1.0) {
        let value = tolerance.to_string();
        return Err(Error::Config { field: "stopping.tolerance", expected: "in (0, 1)", value });
    }
    if stopping.max_iterations == 0 {
        let value = "0".to_owned();
        return Err(Error::Config { field: "stopping.max_iterations", expected: "at least 1", value });
    }
    Ok(())
}

fn length(name: &'static str, found: usize, rows: usize, columns: usize) -> Result<()> {
    if found == rows * columns {
        return Ok(());
    }
    Err(Error::Length {
        name,
        axes: format!("[y, x] = [{rows}, {columns}]"),
        expected: rows * columns,
        found,
    })
}

pub(super) fn nodes(name: &'static str, values: &[f64], layout: Layout) -> Result<()> {
    length(name, values.len(), layout.ny + 1, layout.nx + 1)
}

pub(super) fn finite(name: &'static str, values: &[f64]) -> Result<()> {
    match values.iter().position(|v| !v.is_finite()) {
        None => Ok(()),
        Some(position) => Err(Error::NotFinite { name, position, value: values[position] }),
    }
}

/// Boundary nodes only: the inside of an array of Dirichlet data isn't read.
pub(super) fn edges(name: &'static str, values: &[f64], layout: Layout) -> Result<()> {
    let row = layout.nx + 1;
    let on_edge = |p: usize| p < row || p >= layout.ny * row || p.is_multiple_of(row) || p % row == row - 1;
    match values.iter().enumerate().find(|&(p, v)| on_edge(p) && !v.is_finite()) {
        None => Ok(()),
        Some((position, &value)) => Err(Error::NotFinite { name, position, value }),
    }
}

pub(super) fn coefficient(a: Coefficient<'_>, layout: Layout) -> Result<()> {
    let values = match a {
        Coefficient::Cells(values) => {
            length("the cellwise coefficient", values.len(), layout.ny, layout.nx)?;
            values
        }
        Coefficient::Nodes(values) => {
            nodes("the nodewise coefficient", values, layout)?;
            values
        }
    };
    match values.iter().position(|&v| !(v > 0.0 && v.is_finite())) {
        None => Ok(()),
        Some(position) => Err(Error::Coefficient { position, value: values[position] }),
    }
}

pub(super) fn load(f: Load<'_>, layout: Layout) -> Result<()> {
    match f {
        Load::Constant(value) => finite("the load", &[value]),
        Load::Cells(values) => {
            length("the cellwise load", values.len(), layout.ny, layout.nx)?;
            finite("the load", values)
        }
        Load::Nodes(values) => {
            nodes("the nodewise load", values, layout)?;
            finite("the load", values)
        }
    }
}
