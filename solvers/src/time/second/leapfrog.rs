//! The explicit method of central differences.

use std::sync::Arc;

use super::{LumpedSystem, Motion, SecondOrderIntegrator, SecondOrderMethod, check_start};
use crate::time::{Forcing, SecondOrderSystem, Work, check_growth, check_step};
use crate::{Error, Result};

/// Leapfrog (central differences, velocity Verlet) with a lumped mass matrix.
///
/// ```math
/// M \frac{u_{n+1} - 2 u_n + u_{n-1}}{\Delta t^2} + C \frac{u_{n+1} - u_{n-1}}{2 \Delta t} + K u_n = f(t_n)
/// ```
///
/// Order 2, symplectic, stable for `dt ≤ 2 / √λ_max(M⁻¹K)`; the limit is estimated when the integrator is made, and a step beyond it
/// is an error there. `repeat` carries the increment `u_{n+1} − u_n`, in which rounding grows linearly and not quadratically with
/// the number of steps, and passes once over memory per step.
///
/// **Source.** E. Hairer, C. Lubich, G. Wanner, *Geometric Numerical Integration*, 2006, section I.1.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leapfrog;

impl SecondOrderMethod for Leapfrog {
    fn order(&self) -> usize {
        2
    }

    fn integrator(&self, system: Arc<SecondOrderSystem>, dt: f64) -> Result<Box<dyn SecondOrderIntegrator>> {
        Ok(Box::new(LeapfrogIntegrator::new(Arc::new(LumpedSystem::lump(&system)?), dt)?))
    }
}

/// Steps between two looks for a blow-up.
const LOOK: usize = 100;

/// [`Leapfrog`] bound to a system and a step.
pub struct LeapfrogIntegrator {
    system: Arc<LumpedSystem>,
    dt: f64,
    largest: f64,
    /// dt² / (M + dt C / 2), zero for unknowns that are held.
    beta: Vec<f64>,
    /// Unknowns with damping, and (M − dt C / 2) / (M + dt C / 2).
    decay: Vec<(usize, f64)>,
    increment: Vec<f64>,
    next: Vec<f64>,
    load: Vec<f64>,
    steps: usize,
}

impl LeapfrogIntegrator {
    /// Estimates the stability limit and checks the step against it.
    ///
    /// # Errors
    /// [`Error::Config`] for a step that is not positive, [`Error::UnstableStep`] for one that is too large.
    pub fn new(system: Arc<LumpedSystem>, dt: f64) -> Result<Self> {
        let largest = system.largest_stable_step()?;
        Self::with_limit(system, dt, largest)
    }

    /// As [`Self::new`] with a limit known already: for batches of samples on one mesh.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_limit(system: Arc<LumpedSystem>, dt: f64, largest: f64) -> Result<Self> {
        check_step(dt)?;
        if dt > largest {
            return Err(Error::UnstableStep { dt, largest });
        }
        let mut beta: Vec<f64> = system.mobility.iter().map(|m| dt * dt * m).collect();
        let mut decay = Vec::with_capacity(system.damping.len());
        for &(i, c) in &system.damping {
            let (plus, minus) = (system.mass[i] + 0.5 * dt * c, system.mass[i] - 0.5 * dt * c);
            if system.mobility[i] > 0.0 {
                beta[i] = dt * dt / plus;
                decay.push((i, minus / plus));
            }
        }
        let n = system.size();
        let (increment, next) = (vec![0.0; n], vec![0.0; n]);
        Ok(Self { system, dt, largest, beta, decay, increment, next, load: Vec::new(), steps: 0 })
    }

    /// The largest stable step.
    pub fn largest_stable_step(&self) -> f64 {
        self.largest
    }

    /// The system.
    pub fn system(&self) -> &LumpedSystem {
        &self.system
    }

    /// One pass: d ← decay d + β (f − K u), u ← u + d.
    fn pass(&mut self, time: f64, u: &mut Vec<f64>, forcing: Forcing<'_>) {
        let Self { beta, decay, increment: d, next, load, .. } = self;
        for &(i, factor) in &*decay {
            d[i] *= factor;
        }
        self.system.stiffness.kick_drift(beta, u, d, next);
        match forcing {
            Forcing::None => {}
            // A few entries: added after the pass, which they don't slow down.
            Forcing::Pulses(pulses) => {
                for pulse in pulses {
                    let s = pulse.signal.value(time);
                    for (&i, w) in pulse.dofs.iter().zip(&pulse.weights) {
                        let kick = beta[i] * s * w;
                        d[i] += kick;
                        next[i] += kick;
                    }
                }
            }
            Forcing::Constant(_) | Forcing::Function(_) => {
                load.resize(beta.len(), 0.0);
                forcing.write(time, load);
                for i in 0..load.len() {
                    let kick = beta[i] * load[i];
                    d[i] += kick;
                    next[i] += kick;
                }
            }
        }
        std::mem::swap(u, next);
    }

    /// Writes a at the time of `motion`, whose velocity is that of half a step before: (M + dt C / 2) a = f − K u − C v_{n−1/2}.
    fn accelerate(&mut self, motion: &mut Motion, forcing: Forcing<'_>) {
        let Self { system, beta, next, load, dt, .. } = self;
        load.resize(beta.len(), 0.0);
        forcing.write(motion.time, load);
        system.stiffness.apply(&motion.displacement, next);
        for &(i, c) in &system.damping {
            next[i] += c * motion.velocity[i];
        }
        let scale = 1.0 / (*dt * *dt);
        for i in 0..beta.len() {
            motion.acceleration[i] = scale * beta[i] * (load[i] - next[i]);
        }
    }
}

impl SecondOrderIntegrator for LeapfrogIntegrator {
    fn size(&self) -> usize {
        self.system.size()
    }

    fn dt(&self) -> f64 {
        self.dt
    }

    fn work(&self) -> Work {
        Work { steps: self.steps, factorizations: 0, solves: 0 }
    }

    fn start(
        &mut self,
        time: f64,
        displacement: Vec<f64>,
        mut velocity: Vec<f64>,
        forcing: Forcing<'_>,
    ) -> Result<Motion> {
        check_start(self.size(), &displacement, &velocity, forcing)?;
        // A held unknown does not move, whatever the start says.
        for (v, mobility) in velocity.iter_mut().zip(&self.system.mobility) {
            if *mobility == 0.0 {
                *v = 0.0;
            }
        }
        let mut force = vec![0.0; self.size()];
        let mut acceleration = vec![0.0; self.size()];
        forcing.write(time, &mut acceleration);
        self.system.stiffness.apply(&displacement, &mut force);
        for &(i, c) in &self.system.damping {
            force[i] += c * velocity[i];
        }
        for i in 0..force.len() {
            acceleration[i] = self.system.mobility[i] * (acceleration[i] - force[i]);
        }
        Ok(Motion { time, displacement, velocity, acceleration })
    }

    fn advance(&mut self, motion: &mut Motion, n_steps: usize, forcing: Forcing<'_>) -> Result<()> {
        if n_steps == 0 {
            return Ok(());
        }
        let dt = self.dt;
        let start = motion.time;
        for i in 0..self.size() {
            self.increment[i] = dt * (motion.velocity[i] + 0.5 * dt * motion.acceleration[i]);
            motion.displacement[i] += self.increment[i];
        }
        for k in 1..n_steps {
            let time = start + k as f64 * dt;
            self.pass(time, &mut motion.displacement, forcing);
            if k % LOOK == 0 {
                check_growth(&motion.displacement, self.steps + k + 1, time + dt)?;
            }
        }
        motion.time = start + n_steps as f64 * dt;
        self.steps += n_steps;
        for (v, d) in motion.velocity.iter_mut().zip(&self.increment) {
            *v = d / dt;
        }
        self.accelerate(motion, forcing);
        for (v, a) in motion.velocity.iter_mut().zip(&motion.acceleration) {
            *v += 0.5 * dt * a;
        }
        Ok(())
    }

    /// ½ vᵀMv + ½ uᵀKu − (dt²/8) aᵀMa, which leapfrog conserves to rounding.
    fn energy(&self, motion: &Motion) -> f64 {
        let mut force = vec![0.0; self.size()];
        self.system.stiffness.apply(&motion.displacement, &mut force);
        let correction = 0.25 * self.dt * self.dt;
        (0..force.len())
            .map(|i| {
                let (v, a) = (motion.velocity[i], motion.acceleration[i]);
                0.5 * (self.system.mass[i] * (v * v - correction * a * a) + motion.displacement[i] * force[i])
            })
            .sum()
    }
}
