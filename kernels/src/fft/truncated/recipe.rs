//! How the kept modes of the slow axes are put together from the parts that the engines compute.
//!
//! An axis done as a product yields real cosine and sine parts, `X[±k] = C[k] ∓ i S[k]`; an axis done by FFT yields the modes
//! themselves. Over two axes the parts multiply: a mode is a sum of at most four parts, each times a power of -i.

use super::butterfly::{parts, sines};
use super::model::Engine;

/// One summand: an index and the power of -i it is multiplied by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Term {
    pub(super) index: usize,
    pub(super) quarter: u8,
}

/// The sums in both directions.
#[derive(Debug)]
pub(super) struct Recipe {
    /// For every slow mode: the parts of the analysis that make it.
    pub(super) modes: Vec<Vec<Term>>,
    /// For every part: the modes that make it in the synthesis.
    pub(super) parts: Vec<Vec<Term>>,
}

/// Parts of one slow axis that reach the recipe.
pub(super) fn reached(n: usize, modes: usize, engine: Engine) -> usize {
    match engine {
        Engine::Product => parts(n, modes),
        Engine::Fft | Engine::Lanes => modes,
    }
}

/// The parts that make mode number `m` of one axis.
fn axis_terms(n: usize, modes: usize, engine: Engine, m: usize) -> Vec<Term> {
    if engine != Engine::Product {
        return vec![Term { index: m, quarter: 0 }];
    }
    let top = modes / 2;
    let k = m.abs_diff(top);
    let mut terms = vec![Term { index: k, quarter: 0 }];
    if (1..=sines(n, modes)).contains(&k) {
        // e^{-iθ} = cos θ - i sin θ: once -i for positive k, thrice for negative.
        terms.push(Term { index: top + k, quarter: if m > top { 1 } else { 3 } });
    }
    terms
}

impl Recipe {
    /// The recipe for two slow axes.
    pub(super) fn new(size: [usize; 2], modes: [usize; 2], engines: [Engine; 2]) -> Self {
        let width = reached(size[1], modes[1], engines[1]);
        let mut by_mode = Vec::with_capacity(modes[0] * modes[1]);
        let mut by_part = vec![Vec::new(); reached(size[0], modes[0], engines[0]) * width];
        for m in 0..modes[0] {
            for l in 0..modes[1] {
                let index = m * modes[1] + l;
                let mut terms = Vec::with_capacity(4);
                for a in axis_terms(size[0], modes[0], engines[0], m) {
                    for b in axis_terms(size[1], modes[1], engines[1], l) {
                        let (part, quarter) = (a.index * width + b.index, (a.quarter + b.quarter) % 4);
                        terms.push(Term { index: part, quarter });
                        by_part[part].push(Term { index, quarter: (4 - quarter) % 4 });
                    }
                }
                by_mode.push(terms);
            }
        }
        Self { modes: by_mode, parts: by_part }
    }
}
