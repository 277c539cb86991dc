//! Initial values of parameters.

use burn::module::{Param, ParamId};
use burn::tensor::{Device, Tensor, TensorData};
use rand::RngExt;
use sobolev_kernels::rng;

/// Hands out initial parameters: the k-th one takes random stream k of the seed.
///
/// So the bytes of a parameter depend on the seed and on its number alone, and not on threads, device or the sizes of the
/// parameters before it. All draws are made in double precision and rounded once.
#[derive(Debug)]
pub struct Draws<'a> {
    seed: u64,
    next: u64,
    device: &'a Device,
}

impl<'a> Draws<'a> {
    /// Parameters under `seed`, to live on `device`.
    pub fn new(seed: u64, device: &'a Device) -> Self {
        Self { seed, next: 0, device }
    }

    fn param<const D: usize>(&mut self, values: Vec<f64>, shape: [usize; D]) -> Param<Tensor<D>> {
        let tensor = Tensor::from_data(TensorData::new(values, shape), self.device);
        Param::initialized(ParamId::new(), tensor).set_require_grad(true)
    }

    fn stream(&mut self) -> impl rand::Rng + use<> {
        let stream = rng::stream(self.seed, self.next);
        self.next += 1;
        stream
    }

    /// Entries from N(0, std²).
    pub fn normal<const D: usize>(&mut self, shape: [usize; D], std: f64) -> Param<Tensor<D>> {
        let mut stream = rng::stream(self.seed, self.next);
        self.next += 1;
        let values = rng::normals(&mut stream, shape.iter().product());
        self.param(values.into_iter().map(|v| std * v).collect(), shape)
    }

    /// Complex entries w with E|w|² = std²; the last axis of `shape` is 2 (real, imaginary).
    pub fn complex_normal<const D: usize>(&mut self, shape: [usize; D], std: f64) -> Param<Tensor<D>> {
        debug_assert!(shape[D - 1] == 2, "the last axis of a complex parameter is 2");
        self.normal(shape, std * std::f64::consts::FRAC_1_SQRT_2)
    }

    /// Entries from U(-1/√fan_in, 1/√fan_in), the usual start of a linear map and its bias.
    pub fn linear<const D: usize>(&mut self, shape: [usize; D], fan_in: usize) -> Param<Tensor<D>> {
        let bound = 1.0 / (fan_in as f64).sqrt();
        let mut stream = self.stream();
        let values = (0..shape.iter().product()).map(|_| stream.random_range(-bound..bound)).collect();
        self.param(values, shape)
    }

    /// `values` with entries from U(-noise, noise) added; takes its number as a drawn parameter does.
    pub fn around<const D: usize>(
        &mut self,
        mut values: Vec<f64>,
        shape: [usize; D],
        noise: f64,
    ) -> Param<Tensor<D>> {
        let mut stream = self.stream();
        if noise > 0.0 {
            values.iter_mut().for_each(|v| *v += stream.random_range(-noise..noise));
        }
        self.param(values, shape)
    }

    /// All entries alike; takes its number as a drawn parameter does.
    pub fn constant<const D: usize>(&mut self, shape: [usize; D], value: f64) -> Param<Tensor<D>> {
        self.next += 1;
        self.param(vec![value; shape.iter().product()], shape)
    }

    /// The Euclidean norm of every row of a matrix; takes its number as a drawn parameter does.
    pub fn row_norms(&mut self, matrix: &Param<Tensor<2>>) -> Param<Tensor<1>> {
        self.next += 1;
        let [rows, columns] = matrix.dims();
        let entries: Vec<f64> = matrix.val().into_data().iter::<f64>().collect();
        let norm = |row: &[f64]| row.iter().map(|v| v * v).sum::<f64>().sqrt();
        self.param(entries.chunks_exact(columns).map(norm).collect(), [rows])
    }

    /// Complex entries, all alike and real.
    pub fn complex_constant<const D: usize>(&mut self, shape: [usize; D], value: f64) -> Param<Tensor<D>> {
        self.next += 1;
        let entries: usize = shape.iter().product();
        self.param((0..entries).map(|i| if i % 2 == 0 { value } else { 0.0 }).collect(), shape)
    }
}
