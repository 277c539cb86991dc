//! Quadrature on the triangle and the tetrahedron.
//!
//! **Source.** Triangle: D. A. Dunavant, Int. J. Numer. Meth. Eng. 21 (1985), 1129-1148, degrees 4 and 6; J. Radon, Monatsh. Math. 52
//! (1948), 286-300, degree 5. Tetrahedron: A. H. Stroud, Approximate Calculation of Multiple Integrals (1971), degree 2;
//! N. J. Walkington, Quadrature on simplices of arbitrary dimension (2000), degree 5. Products: Stroud, section 2.4.

#![allow(clippy::excessive_precision, reason = "digits as published")]

use super::{Rule, gauss_jacobi};

/// All permutations of the barycentric coordinates of a point, and the weight of each as a part of the whole.
struct Orbit<const N: usize> {
    barycentric: [f64; N],
    weight: f64,
}

pub(super) fn triangle(degree: usize) -> Rule {
    let third = 1.0 / 3.0;
    match degree {
        0 | 1 => orbits(0.5, &[Orbit { barycentric: [third; 3], weight: 1.0 }]),
        2 => orbits(0.5, &[pair(1.0 / 6.0, third)]),
        3 | 4 => orbits(
            0.5,
            &[
                pair(0.445_948_490_915_964_888_32, 0.223_381_589_678_011_465_70),
                pair(0.091_576_213_509_770_743_46, 0.109_951_743_655_321_867_64),
            ],
        ),
        5 => {
            let root = 15f64.sqrt();
            let centre = Orbit { barycentric: [third; 3], weight: 9.0 / 40.0 };
            let near = pair((6.0 - root) / 21.0, (155.0 - root) / 1200.0);
            let far = pair((6.0 + root) / 21.0, (155.0 + root) / 1200.0);
            orbits(0.5, &[centre, near, far])
        }
        6 => {
            let (a, b) = (0.053_145_049_844_816_947_35, 0.310_352_451_033_784_405_42);
            orbits(
                0.5,
                &[
                    pair(0.063_089_014_491_502_227_34, 0.050_844_906_370_206_816_92),
                    pair(0.249_286_745_170_910_421_29, 0.116_786_275_726_379_366_03),
                    Orbit { barycentric: [a, b, 1.0 - a - b], weight: 0.082_851_075_618_373_575_19 },
                ],
            )
        }
        _ => collapsed_triangle(degree / 2 + 1),
    }
}

/// The orbit of three points with two equal coordinates `a`.
fn pair(a: f64, weight: f64) -> Orbit<3> {
    Orbit { barycentric: [a, a, 1.0 - 2.0 * a], weight }
}

pub(super) fn tetrahedron(degree: usize) -> Rule {
    let volume = 1.0 / 6.0;
    let triple = |a: f64, weight: f64| Orbit { barycentric: [a, a, a, 1.0 - 3.0 * a], weight };
    match degree {
        0 | 1 => orbits(volume, &[triple(0.25, 1.0)]),
        2 => orbits(volume, &[triple((5.0 - 5f64.sqrt()) / 20.0, 0.25)]),
        3..=5 => {
            let a = 0.454_496_295_874_350_350_51;
            let edges = Orbit { barycentric: [a, a, 0.5 - a, 0.5 - a], weight: 0.042_546_020_777_081_466_44 };
            orbits(
                volume,
                &[
                    triple(0.310_885_919_263_300_609_80, 0.112_687_925_718_015_850_80),
                    triple(0.092_735_250_310_891_226_40, 0.073_493_043_116_361_949_54),
                    edges,
                ],
            )
        }
        _ => collapsed_tetrahedron(degree / 2 + 1),
    }
}

/// The points of the orbits; the first barycentric coordinate belongs to the vertex at the origin.
fn orbits<const N: usize>(measure: f64, orbits: &[Orbit<N>]) -> Rule {
    let mut pairs = Vec::new();
    for orbit in orbits {
        let mut all: Vec<[f64; N]> = Vec::new();
        permutations(orbit.barycentric, 0, &mut all);
        for barycentric in all {
            let mut x = [0.0; 3];
            x[..N - 1].copy_from_slice(&barycentric[1..]);
            pairs.push((x, measure * orbit.weight));
        }
    }
    Rule::from_pairs(pairs)
}

/// All distinct orders of the entries from place `k` on.
fn permutations<const N: usize>(x: [f64; N], k: usize, out: &mut Vec<[f64; N]>) {
    if k == N {
        if !out.contains(&x) {
            out.push(x);
        }
        return;
    }
    for i in k..N {
        let mut y = x;
        y.swap(k, i);
        permutations(y, k + 1, out);
    }
}

/// The square collapsed to the triangle: x = r, y = s (1 − r), with the Jacobian 1 − r in the weight function of r.
fn collapsed_triangle(n: usize) -> Rule {
    let (r, s) = (gauss_jacobi(n, 1), gauss_jacobi(n, 0));
    let pairs =
        r.iter().flat_map(|&(r, wr)| s.iter().map(move |&(s, ws)| ([r, s * (1.0 - r), 0.0], wr * ws)));
    Rule::from_pairs(pairs)
}

/// The cube collapsed to the tetrahedron: x = r, y = s (1 − r), z = t (1 − r)(1 − s).
fn collapsed_tetrahedron(n: usize) -> Rule {
    let axes = [gauss_jacobi(n, 2), gauss_jacobi(n, 1), gauss_jacobi(n, 0)];
    let mut pairs = Vec::new();
    for &(r, wr) in &axes[0] {
        for &(s, ws) in &axes[1] {
            let point = |t: f64| [r, s * (1.0 - r), t * (1.0 - r) * (1.0 - s)];
            pairs.extend(axes[2].iter().map(|&(t, wt)| (point(t), wr * ws * wt)));
        }
    }
    Rule::from_pairs(pairs)
}
