//! The θ-method.

use std::sync::Arc;

use super::{FirstOrderIntegrator, FirstOrderMethod, State};
use crate::time::factor::Shifted;
use crate::time::spectrum::{SpectrumOptions, largest_eigenvalue};
use crate::time::{FirstOrderSystem, Forcing, Work, check_step};
use crate::{Error, Result};

/// The θ-method.
///
/// ```math
/// M \frac{u_{n+1} - u_n}{\Delta t} + K \bigl(\theta u_{n+1} + (1-\theta) u_n\bigr) = \theta f_{n+1} + (1-\theta) f_n
/// ```
///
/// Order 2 for θ = 1/2 (Crank-Nicolson), else 1 (θ = 1: backward Euler, θ = 0: forward Euler with the mass matrix solved).
///
/// **Source.** E. Hairer, G. Wanner, *Solving Ordinary Differential Equations II*, 1996, section IV.3.
/// **Good values.** θ = 1 or 1/2. Crank-Nicolson does not damp stiff components: data that do not meet the boundary conditions ring.
/// Below 1/2 the step is limited: `(1 − 2θ) λ_max dt ≤ 2` with the largest eigenvalue of M⁻¹K, which is estimated and enforced.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ThetaMethod {
    theta: f64,
}

impl ThetaMethod {
    /// θ = 1.
    pub const BACKWARD_EULER: Self = Self { theta: 1.0 };
    /// θ = 1/2.
    pub const CRANK_NICOLSON: Self = Self { theta: 0.5 };

    /// The method of a given θ.
    ///
    /// # Errors
    /// [`Error::Config`] unless 0 ≤ θ ≤ 1.
    pub fn new(theta: f64) -> Result<Self> {
        if (0.0..=1.0).contains(&theta) {
            return Ok(Self { theta });
        }
        Err(Error::Config { field: "theta", expected: "in [0, 1]", value: theta.to_string() })
    }

    /// The largest stable step for a symmetric system; `None` if every step is stable.
    fn largest_step(self, system: &FirstOrderSystem) -> Result<Option<f64>> {
        if self.theta >= 0.5 {
            return Ok(None);
        }
        let mut mass = Shifted::new(&[(1.0, system.mass())], true)?;
        let eigenvalue = largest_eigenvalue(
            system.size(),
            |x, y| system.stiffness().multiply(x, y),
            |x, y| y.copy_from_slice(&mass.solve(x)),
            &SpectrumOptions::default(),
        )?;
        Ok(Some(2.0 / ((1.0 - 2.0 * self.theta) * eigenvalue)))
    }
}

impl FirstOrderMethod for ThetaMethod {
    fn order(&self) -> usize {
        if self.theta == 0.5 { 2 } else { 1 }
    }

    fn integrator(&self, system: Arc<FirstOrderSystem>, dt: f64) -> Result<Box<dyn FirstOrderIntegrator>> {
        check_step(dt)?;
        let largest = self.largest_step(&system)?;
        check_limit(dt, largest)?;
        let terms = [(1.0, system.mass()), (self.theta * dt, system.stiffness())];
        let matrix = Shifted::new(&terms, system.is_symmetric())?;
        let n = system.size();
        let theta = self.theta;
        Ok(Box::new(Integrator {
            theta,
            system,
            dt,
            largest,
            matrix,
            rhs: vec![0.0; n],
            load: vec![0.0; n],
            steps: 0,
        }))
    }
}

fn check_limit(dt: f64, largest: Option<f64>) -> Result<()> {
    match largest {
        Some(largest) if dt > largest => Err(Error::UnstableStep { dt, largest }),
        _ => Ok(()),
    }
}

struct Integrator {
    theta: f64,
    system: Arc<FirstOrderSystem>,
    dt: f64,
    largest: Option<f64>,
    matrix: Shifted,
    rhs: Vec<f64>,
    load: Vec<f64>,
    steps: usize,
}

impl FirstOrderIntegrator for Integrator {
    fn system(&self) -> &FirstOrderSystem {
        &self.system
    }

    fn dt(&self) -> f64 {
        self.dt
    }

    fn set_dt(&mut self, dt: f64) -> Result<()> {
        check_step(dt)?;
        check_limit(dt, self.largest)?;
        if dt != self.dt {
            self.matrix.update(&[(1.0, self.system.mass()), (self.theta * dt, self.system.stiffness())])?;
            self.dt = dt;
        }
        Ok(())
    }

    fn work(&self) -> Work {
        Work { steps: self.steps, factorizations: self.matrix.factorizations, solves: self.matrix.solves }
    }

    /// Solves for the increment: (M + θ dt K) δ = dt (f_θ − K u), which loses no digits to a large u.
    fn advance(&mut self, state: &mut State, forcing: Forcing<'_>) -> Result<()> {
        let Self { theta, dt, rhs, load, .. } = self;
        self.system.stiffness().multiply(&state.values, rhs);
        rhs.iter_mut().for_each(|r| *r *= -*dt);
        for (weight, t) in [(*theta, state.time + *dt), (1.0 - *theta, state.time)] {
            if weight > 0.0 {
                forcing.write(t, load);
                rhs.iter_mut().zip(&*load).for_each(|(r, f)| *r += *dt * weight * f);
            }
        }
        let increment = self.matrix.solve(rhs);
        state.values.iter_mut().zip(&increment).for_each(|(u, d)| *u += d);
        state.time += *dt;
        self.steps += 1;
        Ok(())
    }
}
