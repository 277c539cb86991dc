//! Generalized-α, Newmark and HHT: one implicit scheme.

use std::sync::Arc;

use super::{Motion, SecondOrderIntegrator, SecondOrderMethod, check_start};
use crate::time::factor::Shifted;
use crate::time::spectrum::{SpectrumOptions, largest_eigenvalue};
use crate::time::{Forcing, SecondOrderSystem, Work, check_growth, check_step};
use crate::{Error, Result};

/// The generalized-α method.
///
/// ```math
/// \begin{aligned}
/// & M a_{n+1-\alpha_m} + C v_{n+1-\alpha_f} + K u_{n+1-\alpha_f} = f(t_{n+1-\alpha_f}), \qquad
///   x_{n+1-\alpha} = (1-\alpha) x_{n+1} + \alpha x_n \\
/// & u_{n+1} = u_n + \Delta t\, v_n + \Delta t^2 \bigl((\tfrac12 - \beta) a_n + \beta a_{n+1}\bigr), \qquad
///   v_{n+1} = v_n + \Delta t \bigl((1-\gamma) a_n + \gamma a_{n+1}\bigr)
/// \end{aligned}
/// ```
///
/// Order 2 if γ = 1/2 − α_m + α_f. The step is in M-weighted accelerations, one factorisation for all steps.
///
/// **Source.** J. Chung, G. M. Hulbert, *A time integration algorithm for structural dynamics with improved numerical dissipation:
/// the generalized-α method*, J. Appl. Mech. 60 (1993); N. M. Newmark (1959); H. Hilber, T. Hughes, R. Taylor (1977).
/// **Good values.** [`Self::newmark`]`(0.25, 0.5)` conserves the energy exactly and damps nothing; [`Self::from_spectral_radius`]`(0.8)`
/// damps what the mesh can't resolve and keeps the rest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GeneralizedAlpha {
    alpha_m: f64,
    alpha_f: f64,
    beta: f64,
    gamma: f64,
}

impl GeneralizedAlpha {
    /// Newmark's method, α_m = α_f = 0.
    ///
    /// Unconditionally stable for 2 β ≥ γ ≥ 1/2; for 2 β < γ the step is limited by `ω_max dt ≤ (γ/2 − β)^{−1/2}`, which the
    /// integrator enforces. β = 0, γ = 1/2 is the method of central differences with the mass matrix solved.
    ///
    /// # Errors
    /// [`Error::Config`] for β outside [0, 1/2] or γ outside [1/2, 1] (below 1/2 no step is stable).
    pub fn newmark(beta: f64, gamma: f64) -> Result<Self> {
        for (field, value, range, expected) in
            [("beta", beta, 0.0..=0.5, "in [0, 1/2]"), ("gamma", gamma, 0.5..=1.0, "in [1/2, 1]")]
        {
            if !range.contains(&value) {
                return Err(Error::Config { field, expected, value: value.to_string() });
            }
        }
        Ok(Self { alpha_m: 0.0, alpha_f: 0.0, beta, gamma })
    }

    /// The method of Chung and Hulbert whose amplification of infinitely fast oscillations is `radius` = ρ∞ per step.
    ///
    /// ```math
    /// \alpha_m = \frac{2\rho_\infty - 1}{\rho_\infty + 1}, \quad \alpha_f = \frac{\rho_\infty}{\rho_\infty + 1}, \quad
    /// \gamma = \tfrac12 - \alpha_m + \alpha_f, \quad \beta = \tfrac14 (1 - \alpha_m + \alpha_f)^2
    /// ```
    ///
    /// # Errors
    /// [`Error::Config`] unless 0 ≤ ρ∞ ≤ 1.
    pub fn from_spectral_radius(radius: f64) -> Result<Self> {
        if !(0.0..=1.0).contains(&radius) {
            return Err(Error::Config {
                field: "spectral_radius",
                expected: "in [0, 1]",
                value: radius.to_string(),
            });
        }
        Self::new((2.0 * radius - 1.0) / (radius + 1.0), radius / (radius + 1.0))
    }

    /// The method of Hilber, Hughes and Taylor, α_m = 0, with their α = −α_f in [−1/3, 0].
    ///
    /// # Errors
    /// [`Error::Config`] for α outside.
    pub fn hht(alpha: f64) -> Result<Self> {
        if !(-1.0 / 3.0..=0.0).contains(&alpha) {
            return Err(Error::Config { field: "alpha", expected: "in [-1/3, 0]", value: alpha.to_string() });
        }
        Self::new(0.0, -alpha)
    }

    /// The method of second order and largest damping of fast oscillations for given α_m, α_f.
    ///
    /// # Errors
    /// [`Error::Config`] unless α_m ≤ α_f ≤ 1/2, the condition of unconditional stability.
    pub fn new(alpha_m: f64, alpha_f: f64) -> Result<Self> {
        if !(alpha_m.is_finite() && alpha_m <= alpha_f && alpha_f <= 0.5) {
            return Err(Error::Config {
                field: "alpha_m, alpha_f",
                expected: "alpha_m <= alpha_f <= 1/2",
                value: format!("{alpha_m}, {alpha_f}"),
            });
        }
        let shift = alpha_f - alpha_m;
        Ok(Self { alpha_m, alpha_f, beta: 0.25 * (1.0 + shift).powi(2), gamma: 0.5 + shift })
    }

    /// (α_m, α_f, β, γ).
    pub fn coefficients(&self) -> (f64, f64, f64, f64) {
        (self.alpha_m, self.alpha_f, self.beta, self.gamma)
    }

    /// The largest stable step; `None` if every step is stable.
    fn largest_step(&self, system: &SecondOrderSystem) -> Result<Option<f64>> {
        let excess = 0.5 * self.gamma - self.beta;
        // Only Newmark's methods can be conditionally stable here: the others are built to be stable.
        if self.alpha_m != 0.0 || self.alpha_f != 0.0 || excess <= 0.0 {
            return Ok(None);
        }
        let mut mass = Shifted::new(&[(1.0, system.mass())], true)?;
        let eigenvalue = largest_eigenvalue(
            system.size(),
            |x, y| system.stiffness().multiply(x, y),
            |x, y| y.copy_from_slice(&mass.solve(x)),
            &SpectrumOptions::default(),
        )?;
        Ok(Some((excess * eigenvalue).powf(-0.5)))
    }
}

impl SecondOrderMethod for GeneralizedAlpha {
    fn order(&self) -> usize {
        if (self.gamma - (0.5 - self.alpha_m + self.alpha_f)).abs() < 1e-14 { 2 } else { 1 }
    }

    fn integrator(&self, system: Arc<SecondOrderSystem>, dt: f64) -> Result<Box<dyn SecondOrderIntegrator>> {
        check_step(dt)?;
        if let Some(largest) = self.largest_step(&system)?
            && dt > largest
        {
            return Err(Error::UnstableStep { dt, largest });
        }
        let Self { alpha_m, alpha_f, beta, gamma } = *self;
        let mut terms =
            vec![(1.0 - alpha_m, system.mass()), ((1.0 - alpha_f) * beta * dt * dt, system.stiffness())];
        terms.extend(system.damping().map(|c| ((1.0 - alpha_f) * gamma * dt, c)));
        let matrix = Shifted::new(&terms, system.is_symmetric())?;
        let n = system.size();
        let scratch = [vec![0.0; n], vec![0.0; n], vec![0.0; n]];
        Ok(Box::new(Integrator { method: *self, system, dt, matrix, started: 0, scratch, steps: 0 }))
    }
}

struct Integrator {
    method: GeneralizedAlpha,
    system: Arc<SecondOrderSystem>,
    dt: f64,
    matrix: Shifted,
    /// Solves with the mass matrix for initial accelerations.
    started: usize,
    scratch: [Vec<f64>; 3],
    steps: usize,
}

impl Integrator {
    fn step_once(&mut self, motion: &mut Motion, forcing: Forcing<'_>) {
        let GeneralizedAlpha { alpha_m, alpha_f, beta, gamma } = self.method;
        let dt = self.dt;
        let [rhs, mixed, product] = &mut self.scratch;
        let Motion { time, displacement: u, velocity: v, acceleration: a } = motion;
        forcing.write(*time + (1.0 - alpha_f) * dt, rhs);
        // Predict u and v with the new acceleration left out; K and C see (1 − α_f) predicted + α_f old.
        for i in 0..u.len() {
            mixed[i] = u[i] + (1.0 - alpha_f) * (dt * v[i] + dt * dt * (0.5 - beta) * a[i]);
        }
        self.system.stiffness().multiply(mixed, product);
        rhs.iter_mut().zip(&*product).for_each(|(r, p)| *r -= p);
        if let Some(damping) = self.system.damping() {
            for i in 0..u.len() {
                mixed[i] = v[i] + (1.0 - alpha_f) * dt * (1.0 - gamma) * a[i];
            }
            damping.multiply(mixed, product);
            rhs.iter_mut().zip(&*product).for_each(|(r, p)| *r -= p);
        }
        if alpha_m != 0.0 {
            self.system.mass().multiply(a, product);
            rhs.iter_mut().zip(&*product).for_each(|(r, p)| *r -= alpha_m * p);
        }
        let new = self.matrix.solve(rhs);
        for i in 0..u.len() {
            u[i] += dt * v[i] + dt * dt * ((0.5 - beta) * a[i] + beta * new[i]);
            v[i] += dt * ((1.0 - gamma) * a[i] + gamma * new[i]);
        }
        *a = new;
        *time += dt;
        self.steps += 1;
    }
}

impl SecondOrderIntegrator for Integrator {
    fn size(&self) -> usize {
        self.system.size()
    }

    fn dt(&self) -> f64 {
        self.dt
    }

    fn work(&self) -> Work {
        Work {
            steps: self.steps,
            factorizations: self.matrix.factorizations + self.started,
            solves: self.matrix.solves + self.started,
        }
    }

    fn start(
        &mut self,
        time: f64,
        displacement: Vec<f64>,
        velocity: Vec<f64>,
        forcing: Forcing<'_>,
    ) -> Result<Motion> {
        check_start(self.size(), &displacement, &velocity, forcing)?;
        let [rhs, product, _] = &mut self.scratch;
        forcing.write(time, rhs);
        self.system.stiffness().multiply(&displacement, product);
        rhs.iter_mut().zip(&*product).for_each(|(r, p)| *r -= p);
        if let Some(damping) = self.system.damping() {
            damping.multiply(&velocity, product);
            rhs.iter_mut().zip(&*product).for_each(|(r, p)| *r -= p);
        }
        // Rest at rest needs no factorisation, and many data sets start so.
        let acceleration = if rhs.iter().all(|r| *r == 0.0) {
            vec![0.0; rhs.len()]
        } else {
            self.started += 1;
            Shifted::new(&[(1.0, self.system.mass())], true)?.solve(rhs)
        };
        Ok(Motion { time, displacement, velocity, acceleration })
    }

    fn advance(&mut self, motion: &mut Motion, n_steps: usize, forcing: Forcing<'_>) -> Result<()> {
        for _ in 0..n_steps {
            self.step_once(motion, forcing);
            check_growth(&motion.displacement, self.steps, motion.time)?;
        }
        Ok(())
    }

    fn energy(&self, motion: &Motion) -> f64 {
        self.system.energy(&motion.displacement, &motion.velocity)
    }
}
