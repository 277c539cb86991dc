//! A one-step method for one equation and one step: all of its coefficients as tables.

use std::collections::HashMap;

use rayon::prelude::*;
use sobolev_kernels::{Complex, Scalar};

use super::integrator::{OneStep, Row};
use super::modes::{Modes, Table};

/// `own · u + Σ_j terms[j] N_j` for one channel, as numbers of tables in a pool.
#[derive(Debug)]
pub(super) struct RowTables {
    pub(super) own: usize,
    pub(super) terms: Vec<usize>,
}

/// The tables of a method.
#[derive(Debug)]
pub(super) struct StepPlan<T> {
    pub(super) h: f64,
    /// c_i of the stages.
    pub(super) nodes: Vec<f64>,
    /// `[row][channel]`: stages 1.., the new value, and perhaps the error.
    pub(super) rows: Vec<Vec<RowTables>>,
    pub(super) pool: Vec<Table<T>>,
}

/// The linear symbols of all channels: the distinct values, and which of them stands at a mode.
#[derive(Debug)]
pub(super) struct Linear {
    /// Distinct values of L, of all channels.
    pub(super) values: Vec<Complex<f64>>,
    /// `[channel][mode]`, modes `[cells, lanes]`; `None` for padding.
    index: Vec<Vec<Option<u32>>>,
}

impl Linear {
    pub(super) fn new<T: Scalar>(
        modes: &Modes<T>,
        channels: usize,
        symbol: impl Fn(usize, &super::Wave) -> Complex<f64>,
    ) -> Self {
        let mut seen = HashMap::new();
        let mut values = Vec::new();
        let mut number = |value: Complex<f64>| {
            *seen.entry((value.re.to_bits(), value.im.to_bits())).or_insert_with(|| {
                values.push(value);
                (values.len() - 1) as u32
            })
        };
        let index = (0..channels)
            .map(|c| modes.waves.iter().map(|k| k.as_ref().map(|k| number(symbol(c, k)))).collect())
            .collect();
        Self { values, index }
    }

    /// The table of `f(L)` for a channel, where `f` is given at the distinct values.
    pub(super) fn table<T: Scalar>(&self, channel: usize, f: &dyn Fn(usize) -> Complex<f64>) -> Table<T> {
        let index = &self.index[channel];
        Table::new(index.len(), |i| index[i].map(|at| f(at as usize)))
    }

    /// The same modes with L = 0.
    pub(super) fn without_values(&self) -> Self {
        let index = self.index.iter().map(|c| c.iter().map(|i| i.map(|_| 0)).collect()).collect();
        Self { values: vec![Complex::default()], index }
    }

    pub(super) fn channels(&self) -> usize {
        self.index.len()
    }
}

impl<T: Scalar> StepPlan<T> {
    /// The tables of `method` for the step `h`.
    pub(super) fn new(method: &OneStep, linear: &Linear, h: f64) -> Self {
        let rows: Vec<Vec<Row>> = linear.values.par_iter().map(|l| method.rows(h * l)).collect();
        let mut this = Self { h, nodes: method.nodes().to_vec(), rows: Vec::new(), pool: vec![Table::Zero] };
        let shape: Vec<usize> =
            rows.first().map_or(Vec::new(), |rows| rows.iter().map(|r| r.terms.len()).collect());
        for (r, terms) in shape.into_iter().enumerate() {
            let mut channels = Vec::new();
            for c in 0..linear.channels() {
                let own = this.keep(linear.table(c, &|i| rows[i][r].own));
                let terms =
                    (0..terms).map(|j| this.keep(linear.table(c, &|i| h * rows[i][r].terms[j]))).collect();
                channels.push(RowTables { own, terms });
            }
            this.rows.push(channels);
        }
        this
    }

    /// The number of a table in the pool: equal ones are kept once, and stay in the cache.
    fn keep(&mut self, table: Table<T>) -> usize {
        self.pool.iter().position(|t| *t == table).unwrap_or_else(|| {
            self.pool.push(table);
            self.pool.len() - 1
        })
    }

    /// Stages.
    pub(super) fn stages(&self) -> usize {
        self.nodes.len()
    }
}
