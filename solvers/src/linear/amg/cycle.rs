//! The cycle through the levels.

use std::sync::Mutex;

use super::coarsest::Coarsest;
use super::options::{AmgOptions, Cycle};
use super::setup::{SetupLevel, scale_of};
use super::smoother::Relaxation;
use crate::Result;
use crate::linear::parallel::{CHUNK, for_chunks};
use crate::linear::{Csr, Number};

/// A hierarchy in the precision of its cycle.
#[derive(Debug)]
pub(super) struct Levels<T> {
    levels: Vec<Level<T>>,
    coarsest: Coarsest<T>,
    cycle: Cycle,
    /// What the setup multiplied the matrix by.
    scale: f64,
    size: usize,
    /// Vectors of past cycles, one set for each thread that ran at the same time.
    pool: Mutex<Vec<Vec<Buffers<T>>>>,
}

#[derive(Debug)]
struct Level<T> {
    a: Csr<T>,
    prolong: Csr<T>,
    restrict: Csr<T>,
    relaxation: Relaxation<T>,
}

/// The vectors of a level.
#[derive(Debug)]
struct Buffers<T> {
    b: Vec<T>,
    x: Vec<T>,
    y: Vec<T>,
    r: Vec<T>,
    w: Vec<T>,
}

fn convert<T: Number>(a: &Csr<f64>) -> Csr<T> {
    Csr::from_parts(a.pattern().clone(), a.values().iter().map(|&v| T::of(v)).collect())
}

impl<T: Number> Levels<T> {
    pub(super) fn new(
        levels: Vec<SetupLevel>,
        coarsest: &Csr<f64>,
        options: &AmgOptions,
        scale: f64,
    ) -> Result<Self> {
        let size = levels.first().map_or(coarsest.n_rows(), |level| level.a.n_rows());
        let levels = levels
            .into_iter()
            .map(|level| Level {
                relaxation: Relaxation::new(&level.a, options.smoother, level.radius),
                a: convert(&level.a),
                prolong: convert(&level.prolong),
                restrict: convert(&level.restrict),
            })
            .collect();
        let coarsest = Coarsest::new(coarsest, options.max_coarse)?;
        Ok(Self { levels, coarsest, cycle: options.cycle, scale, size, pool: Mutex::new(Vec::new()) })
    }

    fn buffers(&self) -> Vec<Buffers<T>> {
        let mut sizes: Vec<usize> = self.levels.iter().map(|level| level.a.n_rows()).collect();
        sizes.push(self.levels.last().map_or(self.size, |level| level.restrict.n_rows()));
        let zeros = |n| vec![T::ZERO; n];
        sizes
            .into_iter()
            .map(|n| Buffers { b: zeros(n), x: zeros(n), y: zeros(n), r: zeros(n), w: zeros(n) })
            .collect()
    }

    /// `z ← M⁻¹ r`, one cycle from zero.
    pub(super) fn apply(&self, r: &[f64], z: &mut [f64]) {
        assert_eq!((r.len(), z.len()), (self.size, self.size), "lengths of the residual and the correction");
        let largest = r.iter().fold(0.0_f64, |m, r| m.max(r.abs()));
        if largest == 0.0 {
            z.fill(0.0);
            return;
        }
        let kept = self.pool.lock().ok().and_then(|mut pool| pool.pop());
        let mut buffers = kept.unwrap_or_else(|| self.buffers());
        // A residual shrinks by many orders: scaled, it stays within single precision.
        let scale = scale_of(largest);
        for_chunks(&mut buffers[0].b, CHUNK, |from, b| {
            b.iter_mut().zip(&r[from..]).for_each(|(b, r)| *b = T::of(scale * r));
        });
        self.descend(0, &mut buffers);
        let (x, back) = (&buffers[0].x, self.scale / scale);
        for_chunks(z, CHUNK, |from, z| {
            z.iter_mut().zip(&x[from..]).for_each(|(z, &x)| *z = back * x.re());
        });
        if let Ok(mut pool) = self.pool.lock() {
            pool.push(buffers);
        }
    }

    /// `x ≈ A⁻¹ b` on level `l`, with the buffers of it and the coarser ones.
    fn descend(&self, l: usize, buffers: &mut [Buffers<T>]) {
        let Some((here, below)) = buffers.split_first_mut() else { return };
        let Some(level) = self.levels.get(l) else {
            self.coarsest.solve(&here.b, &mut here.x);
            return;
        };
        level.relaxation.pre(&level.a, &here.b, &mut here.x, &mut here.r, &mut here.w);
        level.restrict.multiply(&here.r, &mut below[0].b);
        self.descend(l + 1, below);
        if self.cycle == Cycle::W && l + 1 < self.levels.len() {
            // Once more for what is left, so that the twofold cycle is as symmetric as one: 2 C − C A C.
            let once = below[0].x.clone();
            let a = &self.levels[l + 1].a;
            let b = below[0].b.clone();
            a.residual(&b, &once, &mut below[0].b);
            self.descend(l + 1, below);
            below[0].x.iter_mut().zip(&once).for_each(|(x, &once)| *x += once);
        }
        let (x, correction) = (&here.x, &below[0].x);
        level.prolong.multiply_with(correction, &mut here.y, |row, sum| x[row] + sum);
        level.relaxation.post(&level.a, &here.b, &here.y, &mut here.x, &mut here.r, &mut here.w);
    }
}
