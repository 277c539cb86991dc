//! Implicit-explicit multistep integration of lines between walls.

use std::collections::VecDeque;

use super::grid::ChebyshevGrid;
use super::wall::{Wall, WallOperator, WallSolver};
use crate::{Error, Result};

/// Semi-implicit backward differentiation of order p: `Σ_j a_j u^{n+1−j}/dt = ν u''^{n+1} + Σ_j b_j r^{n−j}`.
/// **Source.** U. M. Ascher, S. J. Ruuth, B. T. R. Wetton, SIAM J. Numer. Anal. 32, 797 (1995).
const SBDF: [(&[f64], &[f64]); 4] = [
    (&[1.0, -1.0], &[1.0]),
    (&[1.5, -2.0, 0.5], &[2.0, -1.0]),
    (&[11.0 / 6.0, -3.0, 1.5, -1.0 / 3.0], &[3.0, -3.0, 1.0]),
    (&[25.0 / 12.0, -4.0, 3.0, -4.0 / 3.0, 0.25], &[4.0, -6.0, 4.0, -1.0]),
];

/// A system of lines between two walls, in Chebyshev coefficients:
/// ```math
/// \frac{du_l}{dt} = \nu (u_l'' - q_l u_l) + r_l(u, t), \qquad \alpha_i u_l(x_i) + \beta_i u_l'(x_i) = g_{li}(t).
/// ```
/// [`Line`](super::Line) is one line; [`Strip`](super::Strip) has two (real and imaginary part) for each wavenumber of a channel.
pub trait WallSystem: Send + Sync {
    /// The grid across.
    fn grid(&self) -> &ChebyshevGrid;
    /// Number of lines.
    fn lines(&self) -> usize;
    /// ν > 0.
    fn diffusivity(&self) -> f64;
    /// q_l ≥ 0, the square of the wavenumber along the walls. Lines 2l and 2l + 1 of a strip share theirs.
    fn shift(&self, line: usize) -> f64;
    /// The conditions, the same for all lines.
    fn walls(&self) -> [Wall; 2];
    /// Writes the boundary values at a time into `g` `[line]`.
    fn wall_values(&self, time: f64, g: &mut [[f64; 2]]);
    /// The coefficients of r(u, t), `[line, n]`, for those of u.
    fn explicit(&self, time: f64, u: &[f64], r: &mut [f64]);
}

/// A state on its way: the coefficients now and what the multistep method remembers.
#[derive(Clone, Debug)]
pub struct WallState {
    /// Newest first: coefficients `[line, n]`.
    solutions: VecDeque<Vec<f64>>,
    /// Newest first: r at the same times.
    explicit: VecDeque<Vec<f64>>,
    start: f64,
    steps: usize,
}

impl WallState {
    /// The coefficients now, `[line, n]`.
    pub fn coefficients(&self) -> &[f64] {
        &self.solutions[0]
    }

    /// Steps done.
    pub fn steps(&self) -> usize {
        self.steps
    }
}

/// Steps of SBDF1-4: diffusion implicit, the rest explicit.
///
/// The first p − 1 steps of the method of order p are made by extrapolation of implicit-explicit Euler steps with 1, 2, .., p
/// substeps, which has the same order; so no accuracy is lost at the start, if the initial state meets the boundary conditions.
///
/// **Source.** Ascher, Ruuth, Wetton as above; extrapolation: E. Hairer, G. Wanner, *Solving Ordinary Differential Equations II*,
/// section IV.9. **Good values.** Order 3; dt below that of the explicit part, for advection at speed a about 6/(a n²) near a wall
/// that the flow crosses, and L/(a n) where the flow is along the walls or vanishes at them.
///
/// **Errors** of [`Self::step`]: [`Error::NotFinite`] when the solution blows up.
#[derive(Debug)]
pub struct WallStepper<S> {
    system: S,
    order: usize,
    dt: f64,
    /// For each group of lines with the same shift, by substeps j = 1..=p: Euler with dt/j.
    start: Vec<Vec<WallSolver>>,
    /// For each group of lines.
    main: Vec<WallSolver>,
    /// The group of each line.
    group: Vec<usize>,
}

impl<S: WallSystem> WallStepper<S> {
    /// Factorises the implicit systems.
    ///
    /// # Errors
    /// [`Error::Config`] for an order outside 1..=4 or a step that isn't positive; errors of [`WallSolver::new`].
    pub fn new(system: S, order: usize, dt: f64) -> Result<Self> {
        let fail = |field, expected, value: String| Err(Error::Config { field, expected, value });
        if !(1..=4).contains(&order) {
            return fail("stepper.order", "1, 2, 3 or 4", order.to_string());
        }
        if !(dt > 0.0 && dt.is_finite()) {
            return fail("stepper.dt", "positive and finite", dt.to_string());
        }
        let mut shifts: Vec<f64> = Vec::new();
        let mut group = Vec::with_capacity(system.lines());
        for line in 0..system.lines() {
            let shift = system.shift(line);
            if shifts.last() != Some(&shift) {
                shifts.push(shift);
            }
            group.push(shifts.len() - 1);
        }
        let nu = system.diffusivity();
        let solver = |rate: f64, shift: f64| {
            let operator = WallOperator { reaction: rate + nu * shift, advection: 0.0, diffusion: nu };
            WallSolver::new(system.grid(), operator, system.walls())
        };
        let first = SBDF[order - 1].0[0];
        let main = shifts.iter().map(|&q| solver(first / dt, q)).collect::<Result<_>>()?;
        // The method of order 1 starts itself.
        let start = (1..=order)
            .filter(|_| order > 1)
            .map(|j| shifts.iter().map(|&q| solver(j as f64 / dt, q)).collect())
            .collect::<Result<_>>()?;
        Ok(Self { system, order, dt, start, main, group })
    }

    /// The system.
    pub fn system(&self) -> &S {
        &self.system
    }

    /// The time step.
    pub fn dt(&self) -> f64 {
        self.dt
    }

    /// A state at time `t0` from Chebyshev coefficients `[line, n]`.
    ///
    /// # Errors
    /// [`Error::Length`] and [`Error::NotFinite`] for bad coefficients.
    pub fn init(&self, coefficients: &[f64], t0: f64) -> Result<WallState> {
        let (lines, n) = (self.system.lines(), self.system.grid().num_points());
        if coefficients.len() != lines * n {
            let axes = format!("line {lines}, n {n}");
            return Err(Error::Length {
                name: "coefficients",
                axes,
                expected: lines * n,
                found: coefficients.len(),
            });
        }
        finite(coefficients)?;
        let solutions = VecDeque::from([coefficients.to_vec()]);
        Ok(WallState { solutions, explicit: VecDeque::new(), start: t0, steps: 0 })
    }

    /// The time of a state.
    pub fn time(&self, state: &WallState) -> f64 {
        state.start + state.steps as f64 * self.dt
    }

    /// One step.
    ///
    /// # Errors
    /// [`Error::NotFinite`] when the solution blows up.
    pub fn step(&self, state: &mut WallState) -> Result<()> {
        let time = self.time(state);
        let mut explicit = vec![0.0; state.solutions[0].len()];
        self.system.explicit(time, &state.solutions[0], &mut explicit);
        state.explicit.push_front(explicit);
        let next = if state.explicit.len() < self.order {
            self.extrapolated(time, &state.solutions[0])
        } else {
            self.multistep(time, state)
        };
        finite(&next)?;
        state.solutions.push_front(next);
        state.solutions.truncate(self.order);
        state.explicit.truncate(self.order - 1);
        state.steps += 1;
        Ok(())
    }

    /// `count` steps.
    ///
    /// # Errors
    /// As [`Self::step`].
    pub fn repeat(&self, state: &mut WallState, count: usize) -> Result<()> {
        (0..count).try_for_each(|_| self.step(state))
    }

    fn multistep(&self, time: f64, state: &WallState) -> Vec<f64> {
        let (a, b) = SBDF[self.order - 1];
        let mut right = vec![0.0; state.solutions[0].len()];
        for (a, u) in a[1..].iter().zip(&state.solutions) {
            axpy(-a / self.dt, u, &mut right);
        }
        for (b, r) in b.iter().zip(&state.explicit) {
            axpy(*b, r, &mut right);
        }
        self.implicit(&self.main, time + self.dt, &mut right);
        right
    }

    /// Aitken-Neville on Euler steps: the error of the table's last entry is of order p + 1 in dt.
    fn extrapolated(&self, time: f64, u: &[f64]) -> Vec<f64> {
        let mut table: Vec<Vec<f64>> = Vec::with_capacity(self.order);
        let mut explicit = vec![0.0; u.len()];
        for (solvers, j) in self.start.iter().zip(1_usize..) {
            let h = self.dt / j as f64;
            let mut v = u.to_vec();
            for step in 0..j {
                let now = time + step as f64 * h;
                self.system.explicit(now, &v, &mut explicit);
                v.iter_mut().zip(&explicit).for_each(|(v, r)| *v = *v / h + r);
                self.implicit(solvers, now + h, &mut v);
            }
            table.push(v);
            for k in (0..j - 1).rev() {
                // T_{j,k+1} = T_{j,k} + (T_{j,k} − T_{j−1,k})/(n_j/n_{j−k} − 1), stored so that table[k] is the newest of its column.
                let ratio = j as f64 / (k + 1) as f64 - 1.0;
                let (head, tail) = table.split_at_mut(k + 1);
                let newest = &tail[0];
                for (old, new) in head[k].iter_mut().zip(newest) {
                    *old = new + (new - *old) / ratio;
                }
            }
        }
        table.swap_remove(0)
    }

    /// Solves the implicit systems of all lines at `time`.
    fn implicit(&self, solvers: &[WallSolver], time: f64, right: &mut [f64]) {
        let n = self.system.grid().num_points();
        let mut g = vec![[0.0; 2]; self.group.len()];
        self.system.wall_values(time, &mut g);
        for ((line, &group), g) in right.chunks_exact_mut(n).zip(&self.group).zip(g) {
            solvers[group].solve_in_place(line, g);
        }
    }
}

fn axpy(a: f64, x: &[f64], y: &mut [f64]) {
    y.iter_mut().zip(x).for_each(|(y, x)| *y += a * x);
}

fn finite(values: &[f64]) -> Result<()> {
    match values.iter().position(|v| !v.is_finite()) {
        Some(position) => {
            Err(Error::NotFinite { name: "the solution between walls", position, value: values[position] })
        }
        None => Ok(()),
    }
}
