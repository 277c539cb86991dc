//! Additive Runge-Kutta methods: explicit for N, diagonally implicit or explicit for L.
//!
//! ```math
//! U_i = u + \sum_j (a^E_{ij}\, h N_j + a^I_{ij}\, z U_j), \qquad u_{new} = u + \sum_j b_j (h N_j + z U_j)
//! ```
//! **Source.** Kennedy & Carpenter, *Appl. Numer. Math.* 44 (2003), 139, appendix C,
//! <https://doi.org/10.1016/S0168-9274(02)00138-1>; Dormand & Prince, *J. Comput. Appl. Math.* 6 (1980), 19, table 2,
//! <https://doi.org/10.1016/0771-050X(80)90013-3>.

use sobolev_kernels::Complex;

use super::{Row, trees};

/// The tableau.
pub(in crate::spectral) struct Additive {
    pub(super) nodes: Vec<f64>,
    /// For N: strictly lower triangular, square.
    explicit: Vec<Vec<f64>>,
    /// For L: lower triangular, square.
    implicit: Vec<Vec<f64>>,
    weights: Vec<f64>,
    /// Weights of the error estimate, that of the new value last.
    error: Option<Vec<f64>>,
}

/// A square matrix from its rows' beginnings.
fn square(rows: &[&[f64]]) -> Vec<Vec<f64>> {
    let n = rows.len();
    rows.iter().map(|row| (0..n).map(|j| row.get(j).copied().unwrap_or(0.0)).collect()).collect()
}

impl Additive {
    /// The same explicit tableau for N and L.
    fn plain(rows: &[&[f64]], weights: &[f64], error: Option<Vec<f64>>) -> Self {
        let a = square(rows);
        let nodes = a.iter().map(|row| row.iter().sum()).collect();
        Self { nodes, explicit: a.clone(), implicit: a, weights: weights.to_vec(), error }
    }

    pub(super) fn rk4() -> Self {
        let (sixth, third) = (1.0 / 6.0, 1.0 / 3.0);
        Self::plain(&[&[], &[0.5], &[0.0, 0.5], &[0.0, 0.0, 1.0]], &[sixth, third, third, sixth], None)
    }

    pub(super) fn dormand_prince() -> Self {
        let b = [35.0 / 384.0, 0.0, 500.0 / 1113.0, 125.0 / 192.0, -2187.0 / 6784.0, 11.0 / 84.0];
        let embedded = [
            5179.0 / 57600.0,
            0.0,
            7571.0 / 16695.0,
            393.0 / 640.0,
            -92097.0 / 339_200.0,
            187.0 / 2100.0,
            1.0 / 40.0,
        ];
        let error = (0..7).map(|j| b.get(j).copied().unwrap_or(0.0) - embedded[j]).collect();
        let rows: [&[f64]; 6] = [
            &[],
            &[1.0 / 5.0],
            &[3.0 / 40.0, 9.0 / 40.0],
            &[44.0 / 45.0, -56.0 / 15.0, 32.0 / 9.0],
            &[19372.0 / 6561.0, -25360.0 / 2187.0, 64448.0 / 6561.0, -212.0 / 729.0],
            &[9017.0 / 3168.0, -355.0 / 33.0, 46732.0 / 5247.0, 49.0 / 176.0, -5103.0 / 18656.0],
        ];
        Self::plain(&rows, &b, Some(error))
    }

    /// ARK3(2)4L\[2\]SA.
    pub(super) fn ark3() -> Self {
        let g = 1_767_732_205_903.0 / 4_055_673_282_236.0;
        let b = [
            1_471_266_399_579.0 / 7_840_856_788_654.0,
            -4_482_444_167_858.0 / 7_529_755_066_697.0,
            11_266_239_266_428.0 / 11_593_286_722_821.0,
            g,
        ];
        Self {
            nodes: vec![0.0, 1_767_732_205_903.0 / 2_027_836_641_118.0, 3.0 / 5.0, 1.0],
            explicit: square(&[
                &[],
                &[1_767_732_205_903.0 / 2_027_836_641_118.0],
                &[5_535_828_885_825.0 / 10_492_691_773_637.0, 788_022_342_437.0 / 10_882_634_858_940.0],
                &[
                    6_485_989_280_629.0 / 16_251_701_735_622.0,
                    -4_246_266_847_089.0 / 9_704_473_918_619.0,
                    10_755_448_449_292.0 / 10_357_097_424_841.0,
                ],
            ]),
            implicit: square(&[
                &[],
                &[g, g],
                &[2_746_238_789_719.0 / 10_658_868_560_708.0, -640_167_445_237.0 / 6_845_629_431_997.0, g],
                &b,
            ]),
            weights: b.to_vec(),
            error: None,
        }
    }

    /// ARK4(3)6L\[2\]SA.
    pub(super) fn ark4() -> Self {
        let b = [82889.0 / 524_892.0, 0.0, 15625.0 / 83664.0, 69875.0 / 102_672.0, -2260.0 / 8211.0, 0.25];
        Self {
            nodes: vec![0.0, 0.5, 83.0 / 250.0, 31.0 / 50.0, 17.0 / 20.0, 1.0],
            explicit: square(&[
                &[],
                &[0.5],
                &[13861.0 / 62500.0, 6889.0 / 62500.0],
                &[
                    -116_923_316_275.0 / 2_393_684_061_468.0,
                    -2_731_218_467_317.0 / 15_368_042_101_831.0,
                    9_408_046_702_089.0 / 11_113_171_139_209.0,
                ],
                &[
                    -451_086_348_788.0 / 2_902_428_689_909.0,
                    -2_682_348_792_572.0 / 7_519_795_681_897.0,
                    12_662_868_775_082.0 / 11_960_479_115_383.0,
                    3_355_817_975_965.0 / 11_060_851_509_271.0,
                ],
                &[
                    647_845_179_188.0 / 3_216_320_057_751.0,
                    73_281_519_250.0 / 8_382_639_484_533.0,
                    552_539_513_391.0 / 3_454_668_386_233.0,
                    3_354_512_671_639.0 / 8_306_763_924_573.0,
                    4040.0 / 17871.0,
                ],
            ]),
            implicit: square(&[
                &[],
                &[0.25, 0.25],
                &[8611.0 / 62500.0, -1743.0 / 31250.0, 0.25],
                &[5_012_029.0 / 34_652_500.0, -654_441.0 / 2_922_500.0, 174_375.0 / 388_108.0, 0.25],
                &[
                    15_267_082_809.0 / 155_376_265_600.0,
                    -71_443_401.0 / 120_774_400.0,
                    730_878_875.0 / 902_184_768.0,
                    2_285_395.0 / 8_070_912.0,
                    0.25,
                ],
                &b,
            ]),
            weights: b.to_vec(),
            error: None,
        }
    }

    pub(super) fn rows(&self, z: Complex<f64>) -> Vec<Row> {
        let (s, zero) = (self.nodes.len(), Complex::new(0.0, 0.0));
        // `stages[j]` is the row of U_j, the first of which is u.
        let mut stages = vec![Row { own: Complex::new(1.0, 0.0), terms: vec![zero; s] }];
        let gather = |stages: &[Row], explicit: &[f64], implicit: &[f64], own: f64| {
            let mut row = Row { own: own.into(), terms: vec![zero; explicit.len()] };
            for (j, stage) in stages.iter().enumerate() {
                row.own += implicit[j] * z * stage.own;
                for (t, other) in row.terms.iter_mut().zip(&stage.terms) {
                    *t += implicit[j] * z * other;
                }
                row.terms[j] += explicit[j];
            }
            row
        };
        for i in 1..s {
            let mut row = gather(&stages, &self.explicit[i], &self.implicit[i], 1.0);
            let scale = 1.0 / (1.0 - self.implicit[i][i] * z);
            row.own *= scale;
            row.terms.iter_mut().for_each(|t| *t *= scale);
            stages.push(row);
        }
        let new = gather(&stages, &self.weights, &self.weights, 1.0);
        let error = self.error.as_ref().map(|e| {
            stages.push(new.clone());
            gather(&stages, e, e, 0.0)
        });
        stages.truncate(s);
        stages.into_iter().skip(1).chain([new]).chain(error).collect()
    }

    /// The largest defect of the order conditions and of the row sums.
    pub(super) fn defect(&self, order: usize) -> f64 {
        let (e, i) = (&self.explicit, &self.implicit);
        let matrices = if e == i { vec![e] } else { vec![e, i] };
        let mut defect = trees::defect(&matrices, &self.weights, order)
            .max(trees::row_defect(e, &self.nodes))
            .max(trees::row_defect(i, &self.nodes));
        if let Some(error) = &self.error {
            let mut wide: Vec<Vec<f64>> = e.iter().map(|row| [row.as_slice(), &[0.0]].concat()).collect();
            wide.push([self.weights.as_slice(), &[0.0]].concat());
            let embedded: Vec<f64> = error
                .iter()
                .enumerate()
                .map(|(j, e)| self.weights.get(j).copied().unwrap_or(0.0) - e)
                .collect();
            defect = defect.max(trees::defect(&[&wide], &embedded, order - 1));
        }
        defect
    }
}
