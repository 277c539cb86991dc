//! Identification of the nodes on opposite boundaries.

use super::Space;
use crate::{Error, Result};

/// Nodes closer than this part of the mesh's size are the same.
const TOLERANCE: f64 = 1e-8;

/// For every node the smallest node it is identified with, itself included.
pub(super) fn identify(space: &Space, pairs: &[(&str, &str)]) -> Result<Vec<u32>> {
    let mut sets = Sets((0..space.n_nodes() as u32).collect());
    for &(first, second) in pairs {
        match_nodes(space, first, second, &mut sets)?;
    }
    Ok((0..space.n_nodes() as u32).map(|node| sets.root(node)).collect())
}

/// Disjoint sets of nodes, each with its smallest node as root.
struct Sets(Vec<u32>);

impl Sets {
    fn root(&mut self, node: u32) -> u32 {
        let mut root = node;
        while self.0[root as usize] != root {
            root = self.0[root as usize];
        }
        let mut at = node;
        while at != root {
            at = std::mem::replace(&mut self.0[at as usize], root);
        }
        root
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b) as usize] = a.min(b);
    }
}

/// Joins each node of `second` with the node of `first` at the same place, after the translation between their centres.
fn match_nodes(space: &Space, first: &str, second: &str, sets: &mut Sets) -> Result<()> {
    let (ones, twos) = (space.boundary_nodes(first)?, space.boundary_nodes(second)?);
    let fail =
        |reason: String| Error::Periodic { first: first.to_owned(), second: second.to_owned(), reason };
    if ones.len() != twos.len() {
        return Err(fail(format!("they have {} and {} nodes", ones.len(), twos.len())));
    }
    let points = space.node_points();
    let mean =
        |nodes: &[usize]| nodes.iter().fold([0.0; 3], |s, &i| add(s, points[i], 1.0 / nodes.len() as f64));
    let shift = add(mean(&ones), mean(&twos), -1.0);
    let tolerance = TOLERANCE * size(points);
    if norm(shift) <= tolerance {
        return Err(fail("they lie at the same place".to_owned()));
    }
    // Sorted along a direction in which lattice points hardly ever coincide, the candidates are a short stretch of the list.
    let direction = [0.532_011, 0.687_307, 0.494_553];
    let along = |x: [f64; 3]| x[0] * direction[0] + x[1] * direction[1] + x[2] * direction[2];
    let mut sorted: Vec<(f64, usize)> = ones.iter().map(|&i| (along(points[i]), i)).collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    for node in twos {
        let x = add(points[node], shift, 1.0);
        let start = sorted.partition_point(|s| s.0 < along(x) - 2.0 * tolerance);
        let near = sorted[start..].iter().take_while(|s| s.0 <= along(x) + 2.0 * tolerance);
        let found = near.map(|s| s.1).find(|&i| norm(add(points[i], x, -1.0)) <= tolerance);
        let Some(partner) = found else {
            return Err(fail(format!("the node at {:?} has no partner at {x:?}", points[node])));
        };
        sets.join(partner as u32, node as u32);
    }
    Ok(())
}

/// The largest side of the box around points.
fn size(points: &[[f64; 3]]) -> f64 {
    (0..3)
        .map(|axis| {
            let (lo, hi) = points
                .iter()
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), x| (lo.min(x[axis]), hi.max(x[axis])));
            hi - lo
        })
        .fold(0.0, f64::max)
}

fn add(x: [f64; 3], y: [f64; 3], a: f64) -> [f64; 3] {
    [x[0] + a * y[0], x[1] + a * y[1], x[2] + a * y[2]]
}

fn norm(x: [f64; 3]) -> f64 {
    (x[0] * x[0] + x[1] * x[1] + x[2] * x[2]).sqrt()
}
