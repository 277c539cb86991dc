//! The nonlinear term of an equation on the kept modes.

use sobolev_kernels::fft::{Run, Term, combine, lanes};
use sobolev_kernels::{Complex, Scalar, vectorised};

use super::modes::{Modes, Table};
use super::{Counts, Equation, Points};

/// The symbols E and D as tables, the coefficients and the forcing of the equation.
pub(super) struct Nonlinear<T> {
    counts: Counts,
    channels: usize,
    /// `[input][channel]`
    inputs: Vec<Vec<Table<T>>>,
    /// `[channel][product]`, with the 1/N of the transform.
    outputs: Vec<Vec<Table<T>>>,
    /// Whether the inputs are the channels as they stand.
    direct: bool,
    /// `[coefficient, points]`
    coefficients: Vec<T>,
    /// `[channel, spectrum]`
    pub(super) forcing: Option<Vec<T>>,
}

/// What a sample brings of its own.
#[derive(Clone, Copy)]
pub(super) struct Own<'a, T> {
    pub(super) coefficients: Option<&'a [T]>,
    pub(super) forcing: Option<&'a [T]>,
}

/// Buffers of one block in progress.
#[derive(Default)]
pub(super) struct Buffers<T> {
    inputs: Vec<T>,
    products: Vec<T>,
    pub(super) space: Vec<T>,
}

/// Makes a buffer as long as `len`.
pub(super) fn sized<T: Scalar>(buffer: &mut Vec<T>, len: usize) -> &mut [T] {
    buffer.resize(len, T::zero());
    buffer
}

impl<T: Scalar> Nonlinear<T> {
    pub(super) fn new<E: Equation>(equation: &E, modes: &Modes<T>, extent: &[f64]) -> Self {
        let (counts, channels) = (equation.counts(), equation.channels());
        let table = |symbol: &dyn Fn(&super::Wave) -> Complex<f64>| {
            Table::new(modes.waves.len(), |i| modes.waves[i].as_ref().map(symbol))
        };
        let inputs: Vec<Vec<Table<T>>> = (0..counts.inputs)
            .map(|i| (0..channels).map(|c| table(&|k| equation.input(i, c, k))).collect())
            .collect();
        let scale = 1.0 / modes.fft.points() as f64;
        let outputs = (0..channels)
            .map(|c| (0..counts.products).map(|p| table(&|k| scale * equation.output(c, p, k))).collect())
            .collect();
        let identity = |i: usize, c: usize, t: &Table<T>| {
            if i == c { *t == Table::Scalar(T::one()) } else { *t == Table::Zero }
        };
        let direct = counts.inputs == channels
            && inputs
                .iter()
                .enumerate()
                .all(|(i, row)| row.iter().enumerate().all(|(c, t)| identity(i, c, t)));
        let mut this =
            Self { counts, channels, inputs, outputs, direct, coefficients: Vec::new(), forcing: None };
        let at = |flat: usize| super::grid::position(&modes.fine, extent, flat);
        this.coefficients =
            this.sample_coefficients(modes, &|_, i, flat| T::of(equation.coefficient(i, at(flat))));
        if equation.is_forced() {
            this.forcing = Some(forcing(equation, modes, extent));
        }
        this
    }

    /// Whether there is neither a product nor a forcing.
    pub(super) fn is_zero(&self, own: Own<'_, T>) -> bool {
        self.counts.products == 0 && self.forcing.is_none() && own.forcing.is_none()
    }

    /// `[coefficient, points]` of a block from `value(sample, coefficient, flat fine point)`.
    pub(super) fn sample_coefficients(
        &self,
        modes: &Modes<T>,
        value: &dyn Fn(usize, usize, usize) -> T,
    ) -> Vec<T> {
        let len = coefficient_len(modes);
        let mut all = vec![T::zero(); self.counts.coefficients * len];
        for (i, array) in all.chunks_exact_mut(len).enumerate() {
            modes.fft.visit_points(|at, sample, flat| array[at] = value(sample, i, flat));
        }
        all
    }

    /// N(u, t), `[channel, spectrum]`.
    pub(super) fn evaluate<E: Equation>(
        &self,
        equation: &E,
        modes: &Modes<T>,
        (time, own): (f64, Own<'_, T>),
        (u, out): (&[T], &mut [T]),
        buffers: &mut Buffers<T>,
        threads: bool,
    ) {
        let (len, counts) = (modes.fft.spectrum_len(), self.counts);
        sized(&mut buffers.products, counts.products * len);
        if counts.products > 0 {
            let inputs = if self.direct {
                u
            } else {
                for (i, w) in
                    sized(&mut buffers.inputs, counts.inputs * len).chunks_exact_mut(len).enumerate()
                {
                    let factors = self.inputs[i].iter().map(Table::diagonal);
                    sum(w, factors.zip(u.chunks_exact(len)), threads);
                }
                &buffers.inputs
            };
            let coefficients = own.coefficients.unwrap_or(&self.coefficients);
            let run = Run { inputs, outputs: &mut buffers.products, threads, space: &mut buffers.space };
            self.pointwise(
                modes,
                run,
                coefficients,
                &|points: &mut Points<'_, T>| equation.pointwise(points),
                time,
            );
        }
        for (c, n) in out.chunks_exact_mut(len).enumerate() {
            let factors = self.outputs[c].iter().map(Table::diagonal).zip(buffers.products.chunks_exact(len));
            let one = Some(sobolev_kernels::fft::Diagonal::Scalar(T::one()));
            let forcing = [self.forcing.as_deref(), own.forcing].into_iter().flatten();
            sum(n, factors.chain(forcing.map(|f| (one, &f[c * len..][..len]))), threads);
        }
    }

    /// The exact flow of N over the time `h`, from u to `out`.
    pub(super) fn flow<E: Equation>(
        &self,
        equation: &E,
        modes: &Modes<T>,
        (h, own): (f64, Own<'_, T>),
        (u, out): (&[T], &mut [T]),
        buffers: &mut Buffers<T>,
        threads: bool,
    ) {
        let coefficients = own.coefficients.unwrap_or(&self.coefficients);
        let products = sized(&mut buffers.products, u.len());
        let run = Run { inputs: u, outputs: products, threads, space: &mut buffers.space };
        self.flow_run(modes, run, coefficients, &|points: &mut Points<'_, T>| equation.flow(h, points));
        let scale = sobolev_kernels::fft::Diagonal::Scalar(T::of(1.0 / modes.fft.points() as f64));
        combine(out, &[Term { factor: scale, x: &buffers.products }], threads);
    }

    fn flow_run(
        &self,
        modes: &Modes<T>,
        run: Run<'_, T>,
        coefficients: &[T],
        f: &(impl Fn(&mut Points<'_, T>) + Sync),
    ) {
        self.sandwich(modes, run, (self.channels, self.channels), coefficients, f, 0.0);
    }

    fn pointwise(
        &self,
        modes: &Modes<T>,
        run: Run<'_, T>,
        coefficients: &[T],
        f: &(impl Fn(&mut Points<'_, T>) + Sync),
        time: f64,
    ) {
        self.sandwich(modes, run, (self.counts.inputs, self.counts.products), coefficients, f, time);
    }

    /// Points, the function, modes.
    fn sandwich(
        &self,
        modes: &Modes<T>,
        run: Run<'_, T>,
        (m, p): (usize, usize),
        coefficients: &[T],
        f: &(impl Fn(&mut Points<'_, T>) + Sync),
        time: f64,
    ) {
        let row = modes.fft.row_len();
        let points = if modes.fft.is_complex() { row / 2 } else { row };
        let all = coefficient_len(modes);
        modes.fft.sandwich(m, p, run, &|offset, inputs: &[T], products: &mut [T]| {
            let here = offset / row * points;
            // One coefficient array after the other: the run of this row from each.
            let gathered: Vec<T>;
            let coefficients = if self.counts.coefficients <= 1 {
                coefficients.get(here..here + points).unwrap_or(&[])
            } else {
                gathered =
                    coefficients.chunks_exact(all).flat_map(|a| &a[here..here + points]).copied().collect();
                &gathered
            };
            let mut run = Points { time, inputs, products, coefficients, row, points };
            vectorised(|| f(&mut run));
        });
    }
}

/// Points of a block in the layout of coefficients.
fn coefficient_len<T: Scalar>(modes: &Modes<T>) -> usize {
    modes.fft.rows() * modes.fft.row_len() / if modes.fft.is_complex() { 2 } else { 1 }
}

/// `out = Σ factor · x`, without the factors that are zero.
pub(super) fn sum<'a, T: Scalar>(
    out: &mut [T],
    terms: impl Iterator<Item = (Option<sobolev_kernels::fft::Diagonal<'a, T>>, &'a [T])>,
    threads: bool,
) {
    let terms: Vec<Term<'a, T>> =
        terms.filter_map(|(factor, x)| factor.map(|factor| Term { factor, x })).collect();
    combine(out, &terms, threads);
}

/// The spectrum of the equation's forcing, in every lane that may hold a sample.
fn forcing<T: Scalar, E: Equation>(equation: &E, modes: &Modes<T>, extent: &[f64]) -> Vec<T> {
    let (fft, len) = (&modes.fft, modes.fft.spectrum_len());
    let mut spectra = vec![T::zero(); equation.channels() * len];
    let mut space = Vec::new();
    for (c, spectrum) in spectra.chunks_exact_mut(len).enumerate() {
        let mut field = vec![T::zero(); fft.field_len()];
        let step = fft.field_len() / fft.points();
        for flat in 0..fft.points() {
            let x = super::grid::position(&modes.fine, extent, flat);
            field[flat * step] = T::of(equation.forcing(c, x));
        }
        let samples: Vec<&[T]> = if fft.block() == 1 { vec![&field] } else { vec![&field; lanes::<T>()] };
        fft.analyse(&samples, spectrum, &mut space);
    }
    spectra
}
