//! Planes of one or two axes side by side in the lanes of vector registers, where there are enough of them.

use num_complex::Complex;
use rayon::prelude::*;

use super::super::lanes::{Group, Planes, lanes};
use super::super::scratch;
use super::axis::{Weight, multiplicity};
use super::model::{self, Axes};
use crate::Scalar;
use crate::buffer::SharedMut;

/// The plan, and when it is worth its while.
pub(super) struct Beside<T: Scalar> {
    plan: Planes<T>,
    space: [usize; 4],
    points: usize,
    /// Mean and Hermitian weights of the wavenumbers along the last axis: from points to modes, and back.
    weights: [[Vec<T>; 2]; 2],
    /// Time of a plane here over its time by the other engines.
    ratio: f64,
}

impl<T: Scalar> Beside<T> {
    /// `ratio` is the time of a plane over that by the other engines.
    pub(super) fn new(size: Axes, modes: Axes, ratio: f64) -> Self {
        let ([_, n2, n3], [_, m2, m3]) = (size, modes);
        let points = size.iter().product::<usize>();
        // The transform back counts the wavenumbers that stand for two twice by itself.
        let weights = [|_, _| 1.0, |k, n| 1.0 / multiplicity(k, n)].map(|own: fn(usize, usize) -> f64| {
            [0, 1].map(|weight| {
                let of = |k| {
                    if weight == Weight::Mean as usize { 1.0 / points as f64 } else { multiplicity(k, n3) }
                };
                (0..m3).map(|k| T::of(of(k) * own(k, n3))).collect()
            })
        });
        let space = Planes::<T>::space([n2, n3], [m2, m3]);
        Self { plan: Planes::new([n2, n3], [m2, m3]), space, points, weights, ratio }
    }

    /// Whether a transform of so many planes is faster here.
    pub(super) fn serves(&self, planes: usize) -> bool {
        let width = lanes::<T>();
        self.ratio * (planes.div_ceil(width) * width) as f64 <= planes as f64
    }

    pub(super) fn analyse(&self, x: &[T], planes: usize, weight: Weight, s: &mut [Complex<T>]) {
        let spectrum = SharedMut::new(s);
        x.par_chunks(lanes::<T>() * self.points).enumerate().for_each(|(i, x)| {
            let group = self.group(i, planes, x.len());
            scratch::with(self.space, |space| {
                // SAFETY: a group owns its planes of every mode.
                unsafe { self.plan.analyse(x, &spectrum, group, &self.weights[0][weight as usize], space) };
            });
        });
    }

    pub(super) fn synthesise(&self, s: &[Complex<T>], planes: usize, weight: Weight, x: &mut [T]) {
        x.par_chunks_mut(lanes::<T>() * self.points).enumerate().for_each(|(i, x)| {
            let group = self.group(i, planes, x.len());
            scratch::with(self.space, |space| {
                self.plan.synthesise(s, x, group, &self.weights[1][weight as usize], space);
            });
        });
    }

    fn group(&self, number: usize, planes: usize, len: usize) -> Group {
        Group { planes, first: number * lanes::<T>(), count: len / self.points }
    }
}

/// The plan where it is cheaper than the engines with `others` as the time of a plane.
pub(super) fn choose<T: Scalar>(size: Axes, modes: Axes, others: f64) -> Option<Beside<T>> {
    let [n1, n2, n3] = size;
    if n1 > 1
        || Planes::<T>::space([n2, n3], [modes[1], modes[2]]).iter().sum::<usize>()
            > model::MOST / size_of::<T>()
    {
        return None;
    }
    let ratio = model::beside(size, modes) / others;
    (ratio < 1.0).then(|| Beside::new(size, modes, ratio))
}
