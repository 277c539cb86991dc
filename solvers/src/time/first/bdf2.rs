//! Second-order backward differences.

use std::sync::Arc;

use super::sdirk::SdirkIntegrator;
use super::{FirstOrderIntegrator, FirstOrderMethod, Sdirk, State};
use crate::Result;
use crate::time::factor::Shifted;
use crate::time::{FirstOrderSystem, Forcing, Work, check_step};

/// The two-step backward differentiation formula, L-stable, of order 2.
///
/// ```math
/// M \frac{3 u_{n+1} - 4 u_n + u_{n-1}}{2 \Delta t} + K u_{n+1} = f_{n+1}
/// ```
///
/// The first step is one of [`Sdirk::order2`]: backward Euler there would leave an error of order dt² with the wrong constant, and
/// Crank-Nicolson would ring. A state that is not the one of the last step (another trajectory, values changed by hand, another
/// dt) starts anew.
///
/// **Source.** E. Hairer, G. Wanner, *Solving Ordinary Differential Equations II*, 1996, section V.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bdf2;

impl FirstOrderMethod for Bdf2 {
    fn order(&self) -> usize {
        2
    }

    fn integrator(&self, system: Arc<FirstOrderSystem>, dt: f64) -> Result<Box<dyn FirstOrderIntegrator>> {
        check_step(dt)?;
        let terms = [(1.0, system.mass()), (2.0 / 3.0 * dt, system.stiffness())];
        let matrix = Shifted::new(&terms, system.is_symmetric())?;
        let n = system.size();
        let starter = SdirkIntegrator::new(Sdirk::order2(), Arc::clone(&system), dt)?;
        Ok(Box::new(Integrator {
            system,
            dt,
            matrix,
            starter,
            last: None,
            increment: vec![0.0; n],
            rhs: vec![0.0; n],
            load: vec![0.0; n],
            steps: 0,
        }))
    }
}

struct Integrator {
    system: Arc<FirstOrderSystem>,
    dt: f64,
    matrix: Shifted,
    starter: SdirkIntegrator,
    /// The state that the last step left, to recognise its continuation.
    last: Option<State>,
    /// u_n − u_{n−1}.
    increment: Vec<f64>,
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
        if dt != self.dt {
            self.matrix.update(&[(1.0, self.system.mass()), (2.0 / 3.0 * dt, self.system.stiffness())])?;
            self.starter.set_dt(dt)?;
            self.last = None;
            self.dt = dt;
        }
        Ok(())
    }

    fn work(&self) -> Work {
        let start = self.starter.work();
        Work {
            steps: self.steps,
            factorizations: self.matrix.factorizations + start.factorizations,
            solves: self.matrix.solves + start.solves,
        }
    }

    /// In increments: (M + 2/3 dt K) δ = 1/3 M δ_old + 2/3 dt (f_{n+1} − K u_n).
    fn advance(&mut self, state: &mut State, forcing: Forcing<'_>) -> Result<()> {
        if self.last.as_ref() == Some(state) {
            let Self { rhs, load, increment, dt, .. } = self;
            let weight = 2.0 / 3.0 * *dt;
            forcing.write(state.time + *dt, load);
            self.system.stiffness().multiply(&state.values, rhs);
            rhs.iter_mut().zip(&*load).for_each(|(r, f)| *r = weight * (f - *r));
            self.system.mass().multiply(increment, load);
            rhs.iter_mut().zip(&*load).for_each(|(r, m)| *r += m / 3.0);
            *increment = self.matrix.solve(rhs);
            state.values.iter_mut().zip(&*increment).for_each(|(u, d)| *u += d);
            state.time += *dt;
        } else {
            self.increment.copy_from_slice(&state.values);
            self.starter.advance(state, forcing)?;
            self.increment.iter_mut().zip(&state.values).for_each(|(d, u)| *d = u - *d);
        }
        self.last = Some(state.clone());
        self.steps += 1;
        Ok(())
    }
}
