//! Forms and loads on boundary facets.

use super::assembler::Assembler;
use super::field::{FieldValue, Sizes};
use super::load::check_components;
use super::{CellMap, Field, Value};
use crate::Result;
use crate::fem::Space;
use crate::fem::quadrature::Rule;
use crate::linear::Csr;

/// Basis functions on one local facet of the reference cell.
struct LocalFacet {
    /// Local nodes on the facet; the other basis functions vanish on it.
    nodes: Vec<usize>,
    /// `[point, node on the facet]`
    values: Vec<f64>,
    map: CellMap,
    /// Directions along the facet in reference coordinates.
    tangents: [[f64; 3]; 2],
    local: usize,
}

/// A point on the boundary: where, the normal, and weight times stretch.
struct FacetPoint {
    x: [f64; 3],
    normal: [f64; 3],
    weight: f64,
}

impl Assembler {
    /// Adds a mass matrix on boundary facets: a Robin, impedance or absorbing condition.
    ///
    /// ```math
    /// \int_\Gamma \gamma\, u\, v
    /// ```
    ///
    /// `facets` are numbers of boundary facets, as [`Mesh::boundary`](crate::mesh::Mesh::boundary) gives them; γ has one value a facet
    /// of this list for [`Field::Cells`].
    ///
    /// # Errors
    /// [`Error::Length`](crate::Error::Length) or [`Error::NotFinite`](crate::Error::NotFinite) for bad values.
    ///
    /// # Panics
    /// If the matrix is not on [`Self::pattern`], or there is no such facet.
    pub fn add_boundary_mass<T: Value>(
        &self,
        facets: &[usize],
        gamma: Field<'_, T>,
        matrix: &mut Csr<T>,
    ) -> Result<()> {
        self.check_pattern(matrix);
        let rule = self.facet_rule();
        gamma.check("the boundary coefficient", &self.facet_sizes(facets, &rule))?;
        let m = self.space().components();
        let locals = local_facets(self.space(), &rule);
        for (position, &facet) in facets.iter().enumerate() {
            let (local, cell) = self.local(&locals, facet);
            let nodes = self.space().cell_nodes(cell);
            let width = local.nodes.len();
            let mut k = vec![T::default(); width * width];
            for q in 0..rule.len() {
                let point = local.point(self.space(), cell, q, &rule);
                let value =
                    self.facet_value(&gamma, [position, q, rule.len()], local, cell, point.x) * point.weight;
                let phi = &local.values[q * width..][..width];
                for (ij, k) in k.iter_mut().enumerate() {
                    *k += value * (phi[ij / width] * phi[ij % width]);
                }
            }
            for (ij, k) in k.iter().enumerate() {
                let [row, column] = [ij / width, ij % width].map(|i| nodes[local.nodes[i]]);
                for c in 0..m {
                    if let Some(at) = self.gather.position(row as usize, column, [c, c], m) {
                        matrix.values_mut()[at] += *k;
                    }
                }
            }
        }
        Ok(())
    }

    /// The load of a flux or traction g on boundary facets, with as many components as the space.
    ///
    /// ```math
    /// b_i = \int_\Gamma g \cdot \varphi_i
    /// ```
    ///
    /// # Errors
    /// [`Error::Config`](crate::Error::Config) if the number of components differs, [`Error::Length`](crate::Error::Length) or
    /// [`Error::NotFinite`](crate::Error::NotFinite) for bad values.
    ///
    /// # Panics
    /// If there is no such facet.
    pub fn boundary_load<V: FieldValue>(&self, facets: &[usize], g: Field<'_, V>) -> Result<Vec<V::Entry>>
    where
        V::Entry: Value,
    {
        let rule = self.facet_rule();
        g.check("the boundary load", &self.facet_sizes(facets, &rule))?;
        self.facet_load(facets, &rule, |at, local, cell, point| {
            self.facet_value(&g, at, local, cell, point.x)
        })
    }

    /// As [`Self::boundary_load`], for a function g(x, n) of the point and the outward unit normal.
    ///
    /// # Errors
    /// Those of [`Self::boundary_load`].
    ///
    /// # Panics
    /// If there is no such facet.
    pub fn boundary_load_with_normal<V: FieldValue>(
        &self,
        facets: &[usize],
        g: impl Fn([f64; 3], [f64; 3]) -> V,
    ) -> Result<Vec<V::Entry>>
    where
        V::Entry: Value,
    {
        self.facet_load(facets, &self.facet_rule(), |_, _, _, point| g(point.x, point.normal))
    }

    /// Quadrature points `[facet, point]` on boundary facets, for [`Field::Points`].
    ///
    /// # Panics
    /// If there is no such facet.
    #[must_use]
    pub fn facet_quadrature_points(&self, facets: &[usize]) -> Vec<[f64; 3]> {
        let rule = self.facet_rule();
        let locals = local_facets(self.space(), &rule);
        let at = |&facet: &usize| {
            let (local, cell) = self.local(&locals, facet);
            (0..rule.len()).map(|q| local.map.point(self.space().mesh(), cell, q)).collect::<Vec<_>>()
        };
        facets.iter().flat_map(at).collect()
    }

    fn facet_load<V: FieldValue>(
        &self,
        facets: &[usize],
        rule: &Rule,
        value: impl Fn([usize; 3], &LocalFacet, usize, &FacetPoint) -> V,
    ) -> Result<Vec<V::Entry>>
    where
        V::Entry: Value,
    {
        check_components::<V>(self.space().components())?;
        let locals = local_facets(self.space(), rule);
        let mut load = vec![V::Entry::default(); self.space().n_dofs()];
        for (position, &facet) in facets.iter().enumerate() {
            let (local, cell) = self.local(&locals, facet);
            let nodes = self.space().cell_nodes(cell);
            let width = local.nodes.len();
            for q in 0..rule.len() {
                let point = local.point(self.space(), cell, q, rule);
                let g = value([position, q, rule.len()], local, cell, &point);
                for (phi, &i) in local.values[q * width..][..width].iter().zip(&local.nodes) {
                    let out = &mut load[nodes[i] as usize * V::N..][..V::N];
                    for (component, out) in out.iter_mut().enumerate() {
                        *out += g.entry(component) * (phi * point.weight);
                    }
                }
            }
        }
        Ok(load)
    }

    fn facet_rule(&self) -> Rule {
        // Exact for the facet mass matrix.
        Rule::on_facet(self.space().kind(), 2 * self.space().element().degree())
    }

    fn facet_sizes(&self, facets: &[usize], rule: &Rule) -> Sizes {
        Sizes { cells: facets.len(), points: rule.len(), nodes: self.space().n_nodes() }
    }

    fn local<'a>(&self, locals: &'a [LocalFacet], facet: usize) -> (&'a LocalFacet, usize) {
        let facet = self.space().mesh().facets()[facet];
        (&locals[usize::from(facet.local)], facet.cell as usize)
    }

    /// The value of a field at point `q` of the facet at a position of the list.
    fn facet_value<V: FieldValue>(
        &self,
        field: &Field<'_, V>,
        [position, q, points]: [usize; 3],
        local: &LocalFacet,
        cell: usize,
        x: [f64; 3],
    ) -> V {
        match field {
            Field::Constant(v) => *v,
            Field::Cells(v) => v[position],
            Field::Points(v) => v[position * points + q],
            Field::Nodes(v) => {
                let mut sum = V::zeros();
                let phi = &local.values[q * local.nodes.len()..];
                for (&i, phi) in local.nodes.iter().zip(phi) {
                    sum.add_scaled(*phi, &v[self.space().cell_nodes(cell)[i] as usize]);
                }
                sum
            }
            Field::Function(f) => f(x),
        }
    }
}

impl LocalFacet {
    fn point(&self, space: &Space, cell: usize, q: usize, rule: &Rule) -> FacetPoint {
        let x = self.map.point(space.mesh(), cell, q);
        let j = self.map.jacobian(space.mesh(), cell, q);
        let image = |t: [f64; 3]| -> [f64; 3] {
            std::array::from_fn(|row| j[row][0] * t[0] + j[row][1] * t[1] + j[row][2] * t[2])
        };
        let outward = match space.dim() {
            1 => [if self.local == 0 { -1.0 } else { 1.0 }, 0.0, 0.0],
            2 => {
                let t = image(self.tangents[0]);
                [t[1], -t[0], 0.0]
            }
            _ => {
                let (s, t) = (image(self.tangents[0]), image(self.tangents[1]));
                [s[1] * t[2] - s[2] * t[1], s[2] * t[0] - s[0] * t[2], s[0] * t[1] - s[1] * t[0]]
            }
        };
        let stretch = super::dot(outward, outward).sqrt();
        FacetPoint { x, normal: outward.map(|n| n / stretch), weight: rule.weights()[q] * stretch }
    }
}

/// Tables on all facets of the reference cell.
fn local_facets(space: &Space, rule: &Rule) -> Vec<LocalFacet> {
    let (reference, kind) = (space.reference(), space.kind());
    let vertices = kind.reference_vertices();
    let mut all = vec![0.0; reference.n_nodes()];
    let facet = |(local, corners): (usize, &&[u8])| {
        let corner = |i: usize| vertices[usize::from(corners[i])];
        let from_origin = |i: usize| -> [f64; 3] { std::array::from_fn(|a| corner(i)[a] - corner(0)[a]) };
        let tangents = match corners.len() {
            1 => [[0.0; 3]; 2],
            2 => [from_origin(1), [0.0; 3]],
            n => [from_origin(1), from_origin(n - 1)],
        };
        let nodes = reference.facet_nodes(local);
        let at = |t: &[f64; 3]| -> [f64; 3] {
            std::array::from_fn(|a| corner(0)[a] + t[0] * tangents[0][a] + t[1] * tangents[1][a])
        };
        let points: Vec<[f64; 3]> = rule.points().iter().map(at).collect();
        let mut values = Vec::new();
        for &xi in &points {
            reference.values(xi, &mut all);
            values.extend(nodes.iter().map(|&i| all[i]));
        }
        LocalFacet { nodes, values, map: CellMap::new(kind, &points), tangents, local }
    };
    kind.facets().iter().enumerate().map(facet).collect()
}
