//! The element matrix of a sum of forms.

use super::affine::Affine;
use super::field::{mean, sample};
use super::geometry::{CellMap, Inverse, simplex_inverse};
use super::{Field, Form, Value};
use crate::fem::Space;
use crate::fem::element::Table;
use crate::fem::quadrature::Rule;

/// What all element matrices of a space share.
#[derive(Clone, Debug)]
pub(super) struct Kernel {
    pub(super) rule: Rule,
    pub(super) table: Table,
    pub(super) map: CellMap,
    /// On simplices.
    pub(super) affine: Option<Affine>,
    /// The gradients are constant: P1 on simplices.
    has_constant_gradients: bool,
}

/// Scratch of one thread.
pub(super) struct Work<T> {
    inverse: Inverse,
    /// Derivatives `[point, x axis, node]` and weights times determinants `[point]` of the cell, if a form asked for them.
    gradients: Vec<f64>,
    weights: Vec<f64>,
    is_tabulated: bool,
    /// A coefficient, `[point]`.
    at: Vec<T>,
    tensors: Vec<[[T; 3]; 3]>,
    vectors: Vec<[T; 3]>,
    /// `[row, column]`, for vector spaces.
    k: Vec<T>,
    /// `[c, d, row, column]`
    moments: Vec<T>,
}

impl Kernel {
    pub(super) fn new(space: &Space) -> Self {
        let reference = space.reference();
        let kind = space.kind();
        // Exact for mass matrices; Q_k needs k + 1 Gauss points an axis for its order on distorted cells.
        let rule = Rule::new(kind, 2 * space.element().degree());
        let table = Table::new(reference, rule.points());
        let map = CellMap::new(kind, rule.points());
        let affine = kind.is_simplex().then(|| Affine::new(reference));
        Self {
            rule,
            table,
            map,
            affine,
            has_constant_gradients: kind.is_simplex() && space.element().degree() == 1,
        }
    }

    pub(super) fn work<T: Value>(&self, space: &Space) -> Work<T> {
        let (n, dim, points) = (space.n_cell_nodes(), space.dim(), self.rule.len());
        Work {
            inverse: Inverse { by: [[0.0; 3]; 3], det: 0.0 },
            gradients: vec![0.0; points * dim * n],
            weights: vec![0.0; points],
            is_tabulated: false,
            at: vec![T::default(); points],
            tensors: vec![[[T::default(); 3]; 3]; points],
            vectors: vec![[T::default(); 3]; points],
            k: vec![T::default(); n * n],
            moments: vec![T::default(); dim * dim * n * n],
        }
    }

    /// Writes the element matrix of cell `c`, `[row, column, row component, column component]`.
    #[inline]
    pub(super) fn matrix<T: Value>(
        &self,
        space: &Space,
        forms: &[Form<'_, T>],
        c: usize,
        work: &mut Work<T>,
        out: &mut [T],
    ) {
        let mesh = space.mesh();
        if self.affine.is_some() {
            work.inverse = simplex_inverse(space.kind(), mesh.points(), mesh.cell(c));
        }
        work.is_tabulated = false;
        if space.components() == 1 {
            self.scalar(space, forms, c, work, out);
        } else {
            let mut k = std::mem::take(&mut work.k);
            self.scalar(space, forms, c, work, &mut k);
            spread(&k, space.components(), out);
            work.k = k;
        }
        for form in forms {
            if let Form::Elasticity { lambda, mu } = form {
                self.elasticity(space, [lambda, mu], c, work, out);
            }
        }
    }

    /// Writes the part of the element matrix that is the same for all components.
    #[inline(always)]
    fn scalar<T: Value>(
        &self,
        space: &Space,
        forms: &[Form<'_, T>],
        c: usize,
        work: &mut Work<T>,
        k: &mut [T],
    ) {
        k.fill(T::default());
        let mut is_symmetric = true;
        for form in forms {
            match form {
                Form::Mass(field) => self.mass(space, field, c, work, k),
                Form::Diffusion(field) => self.diffusion(space, field, c, work, k),
                _ => is_symmetric = false,
            }
        }
        if work.is_tabulated {
            mirror(k, space.n_cell_nodes());
        }
        if is_symmetric {
            return;
        }
        for form in forms {
            match form {
                Form::Anisotropic(field) => self.anisotropic(space, field, c, work, k),
                Form::Advection(field) => self.advection(space, field, c, work, k),
                _ => {}
            }
        }
    }

    /// Tabulates derivatives and weights in cell `c`, once.
    #[inline]
    fn tabulate<T>(&self, space: &Space, c: usize, work: &mut Work<T>) {
        if std::mem::replace(&mut work.is_tabulated, true) {
            return;
        }
        let (n, dim) = (space.n_cell_nodes(), space.dim());
        for (q, w) in self.rule.weights().iter().enumerate() {
            if self.affine.is_none() {
                work.inverse = self.map.inverse(space.mesh(), c, q);
            }
            work.weights[q] = w * work.inverse.det;
            let reference = self.table.gradients(q);
            for (axis, out) in work.gradients[q * dim * n..][..dim * n].chunks_exact_mut(n).enumerate() {
                let by = &work.inverse.by;
                match dim {
                    1 => out.iter_mut().zip(reference).for_each(|(g, r)| *g = by[0][0] * r),
                    2 => {
                        let (r0, r1) = reference.split_at(n);
                        for ((g, r0), r1) in out.iter_mut().zip(r0).zip(r1) {
                            *g = by[0][axis] * r0 + by[1][axis] * r1;
                        }
                    }
                    _ => {
                        let (r0, rest) = reference.split_at(n);
                        let (r1, r2) = rest.split_at(n);
                        for (((g, r0), r1), r2) in out.iter_mut().zip(r0).zip(r1).zip(r2) {
                            *g = by[0][axis] * r0 + by[1][axis] * r1 + by[2][axis] * r2;
                        }
                    }
                }
            }
        }
    }

    #[inline(always)]
    fn mass<T: Value>(&self, space: &Space, field: &Field<'_, T>, c: usize, work: &mut Work<T>, k: &mut [T]) {
        if let (Some(affine), Some(value)) = (&self.affine, field.in_cell(c)) {
            return affine.add_mass(value, &work.inverse, k);
        }
        self.tabulate(space, c, work);
        sample(field, space, &self.table, &self.map, c, &mut work.at);
        for q in 0..work.at.len() {
            let phi = self.table.values(q);
            add_upper(work.at[q] * work.weights[q], phi, k);
        }
    }

    #[inline(always)]
    fn diffusion<T: Value>(
        &self,
        space: &Space,
        field: &Field<'_, T>,
        c: usize,
        work: &mut Work<T>,
        k: &mut [T],
    ) {
        if let Some(affine) = &self.affine
            && let Some(value) = self.constant(space, field, c, work)
        {
            return affine.add_diffusion(value, &work.inverse, k);
        }
        self.tabulate(space, c, work);
        sample(field, space, &self.table, &self.map, c, &mut work.at);
        let (n, dim) = (space.n_cell_nodes(), space.dim());
        for q in 0..work.at.len() {
            let a = work.at[q] * work.weights[q];
            for g in work.gradients[q * dim * n..][..dim * n].chunks_exact(n) {
                add_upper(a, g, k);
            }
        }
    }

    /// One value that serves as the coefficient of products of gradients in cell `c`, if there is one.
    #[inline(always)]
    fn constant<T: Value>(
        &self,
        space: &Space,
        field: &Field<'_, T>,
        c: usize,
        work: &mut Work<T>,
    ) -> Option<T> {
        let value = field.in_cell(c);
        if value.is_some() || !self.has_constant_gradients {
            return value;
        }
        sample(field, space, &self.table, &self.map, c, &mut work.at);
        Some(mean(&work.at, self.rule.weights(), space.kind().reference_measure()))
    }

    fn anisotropic<T: Value>(
        &self,
        space: &Space,
        field: &Field<'_, [[T; 3]; 3]>,
        c: usize,
        work: &mut Work<T>,
        k: &mut [T],
    ) {
        self.tabulate(space, c, work);
        sample(field, space, &self.table, &self.map, c, &mut work.tensors);
        let (n, dim) = (space.n_cell_nodes(), space.dim());
        for (q, tensor) in work.tensors.iter().enumerate() {
            let g = &work.gradients[q * dim * n..][..dim * n];
            for row in 0..dim {
                for column in 0..dim {
                    let a = tensor[row][column] * work.weights[q];
                    add_full(a, &g[row * n..][..n], &g[column * n..][..n], k);
                }
            }
        }
    }

    fn advection<T: Value>(
        &self,
        space: &Space,
        field: &Field<'_, [T; 3]>,
        c: usize,
        work: &mut Work<T>,
        k: &mut [T],
    ) {
        self.tabulate(space, c, work);
        sample(field, space, &self.table, &self.map, c, &mut work.vectors);
        let (n, dim) = (space.n_cell_nodes(), space.dim());
        for (q, velocity) in work.vectors.iter().enumerate() {
            let g = &work.gradients[q * dim * n..][..dim * n];
            for (axis, g) in g.chunks_exact(n).enumerate() {
                add_full(velocity[axis] * work.weights[q], self.table.values(q), g, k);
            }
        }
    }

    fn elasticity<T: Value>(
        &self,
        space: &Space,
        lame: [&Field<'_, T>; 2],
        c: usize,
        work: &mut Work<T>,
        out: &mut [T],
    ) {
        let (one, none) = (T::from(1.0), T::default());
        let constants = (self.constant(space, lame[0], c, work), self.constant(space, lame[1], c, work));
        let (n, dim) = (space.n_cell_nodes(), space.dim());
        match (&self.affine, constants) {
            (Some(affine), (Some(lambda), Some(mu))) => {
                affine.moments(&work.inverse, &mut work.moments);
                combine(&work.moments, [lambda, mu], n, dim, out);
            }
            (None, (Some(lambda), Some(mu))) => {
                work.at.fill(one);
                self.moments(space, c, work);
                combine(&work.moments, [lambda, mu], n, dim, out);
            }
            _ => {
                for (field, factors) in lame.into_iter().zip([[one, none], [none, one]]) {
                    sample(field, space, &self.table, &self.map, c, &mut work.at);
                    self.moments(space, c, work);
                    combine(&work.moments, factors, n, dim, out);
                }
            }
        }
    }

    /// Integrates ∂φ_i/∂x_c ∂φ_j/∂x_d with the coefficient `work.at`.
    fn moments<T: Value>(&self, space: &Space, c: usize, work: &mut Work<T>) {
        self.tabulate(space, c, work);
        let (n, dim) = (space.n_cell_nodes(), space.dim());
        work.moments.fill(T::default());
        for q in 0..work.at.len() {
            let a = work.at[q] * work.weights[q];
            let g = &work.gradients[q * dim * n..][..dim * n];
            for (cd, out) in work.moments.chunks_exact_mut(n * n).enumerate() {
                add_full(a, &g[cd / dim * n..][..n], &g[cd % dim * n..][..n], out);
            }
        }
    }
}

/// Adds a g gᵀ to the upper triangle.
#[inline(always)]
fn add_upper<T: Value>(a: T, g: &[f64], k: &mut [T]) {
    let n = g.len();
    for (i, row) in k.chunks_exact_mut(n).enumerate() {
        let left = a * g[i];
        for (k, g) in row[i..].iter_mut().zip(&g[i..]) {
            *k += left * *g;
        }
    }
}

/// Adds a l rᵀ.
#[inline(always)]
fn add_full<T: Value>(a: T, l: &[f64], r: &[f64], k: &mut [T]) {
    for (row, l) in k.chunks_exact_mut(r.len()).zip(l) {
        let left = a * *l;
        for (k, r) in row.iter_mut().zip(r) {
            *k += left * *r;
        }
    }
}

/// Copies the upper triangle to the lower one.
pub(super) fn mirror<T: Copy>(k: &mut [T], n: usize) {
    for i in 1..n {
        for j in 0..i {
            k[i * n + j] = k[j * n + i];
        }
    }
}

/// The scalar matrix for every component.
#[inline(always)]
fn spread<T: Value>(k: &[T], components: usize, out: &mut [T]) {
    out.fill(T::default());
    let m = components;
    debug_assert_eq!(out.len(), k.len() * m * m);
    for (k, block) in k.iter().zip(out.chunks_exact_mut(m * m)) {
        for c in 0..m {
            block[c * m + c] = *k;
        }
    }
}

/// Adds λ S^{cd} + μ (S^{dc} + δ_cd tr S) to the blocks, for the moments S.
fn combine<T: Value>(moments: &[T], [lambda, mu]: [T; 2], n: usize, dim: usize, out: &mut [T]) {
    let nn = n * n;
    for (ij, block) in out.chunks_exact_mut(dim * dim).enumerate() {
        let s = |c: usize, d: usize| moments[(c * dim + d) * nn + ij];
        let trace = (0..dim).fold(T::default(), |sum, e| sum + s(e, e));
        for c in 0..dim {
            for d in 0..dim {
                let own = if c == d { trace } else { T::default() };
                block[c * dim + d] += lambda * s(c, d) + mu * (s(d, c) + own);
            }
        }
    }
}
