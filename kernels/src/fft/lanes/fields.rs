//! Between plain arrays `[z, y, x]` (complex ones `[z, y, x, 2]`) and the blocks of a [`ModeFft`].

use super::lanes;
use super::modes::ModeFft;
use super::sandwich::Run;
use crate::Scalar;
use crate::buffer::SharedMut;

impl<T: Scalar> ModeFft<T> {
    /// Calls `visit(position in the row, sample, flat point)` for the points of the row of points at `offset`.
    fn visit_row(&self, offset: usize, mut visit: impl FnMut(usize, usize, usize)) {
        let (width, [_, ny, nx]) = (lanes::<T>(), self.points);
        let row = offset / self.row_len();
        let (z, group) = (row / self.y_groups(), row % self.y_groups());
        for x in 0..nx {
            for lane in 0..width {
                if self.dim == 1 {
                    visit(x * width + lane, lane, x);
                } else if group * width + lane < ny {
                    visit(x * width + lane, 0, (z * ny + group * width + lane) * nx + x);
                }
            }
        }
    }

    /// Where the parts of point number `at` of a row lie: the second is of use for complex fields only.
    fn parts(&self, at: usize) -> [usize; 2] {
        let width = lanes::<T>();
        if self.complex {
            [at / width * 2 * width + at % width, at / width * 2 * width + width + at % width]
        } else {
            [at, at]
        }
    }

    /// Scalars of one sample of a plain field.
    #[must_use]
    pub fn field_len(&self) -> usize {
        self.points() * if self.complex { 2 } else { 1 }
    }

    /// Calls `visit(index in all points of a block, sample, flat point)` for every point.
    pub fn visit_points(&self, mut visit: impl FnMut(usize, usize, usize)) {
        let len = self.points[2] * lanes::<T>();
        for row in 0..self.rows() {
            self.visit_row(row * self.row_len(), |at, sample, point| visit(row * len + at, sample, point));
        }
    }

    /// The spectrum of a block, scaled by 1/N, of up to [`block`](Self::block) plain fields; absent samples become zero.
    ///
    /// # Panics
    /// If a field or the spectrum has another length than the plan's, or there are more fields than the block holds.
    pub fn analyse(&self, samples: &[&[T]], spectrum: &mut [T], space: &mut Vec<T>) {
        assert!(samples.len() <= self.block(), "a block holds {} samples", self.block());
        assert!(
            samples.iter().all(|s| s.len() == self.field_len()),
            "a field holds {} values",
            self.field_len()
        );
        let scale = T::of(1.0 / self.points() as f64);
        let run = Run { inputs: &[], outputs: spectrum, threads: false, space };
        self.sandwich(0, 1, run, &|offset, _: &[T], row: &mut [T]| {
            row.fill(T::zero());
            self.visit_row(offset, |at, sample, point| {
                let Some(field) = samples.get(sample) else { return };
                let [re, im] = self.parts(at);
                if self.complex {
                    row[re] = scale * field[2 * point];
                    row[im] = scale * field[2 * point + 1];
                } else {
                    row[re] = scale * field[point];
                }
            });
        });
    }

    /// The plain fields of the first samples of a block's spectrum.
    ///
    /// # Panics
    /// As for [`analyse`](Self::analyse).
    pub fn synthesise(&self, spectrum: &[T], samples: &mut [&mut [T]], space: &mut Vec<T>) {
        assert!(samples.len() <= self.block(), "a block holds {} samples", self.block());
        assert!(
            samples.iter().all(|s| s.len() == self.field_len()),
            "a field holds {} values",
            self.field_len()
        );
        let shared: Vec<SharedMut<T>> = samples.iter_mut().map(|s| SharedMut::new(s)).collect();
        let run = Run { inputs: spectrum, outputs: &mut [], threads: false, space };
        self.sandwich(1, 0, run, &|offset, row: &[T], _: &mut [T]| {
            self.visit_row(offset, |at, sample, point| {
                let Some(field) = shared.get(sample) else { return };
                let [re, im] = self.parts(at);
                // SAFETY: a point belongs to one row of points, a row to one task.
                unsafe {
                    if self.complex {
                        field.write(2 * point, row[re]);
                        field.write(2 * point + 1, row[im]);
                    } else {
                        field.write(point, row[re]);
                    }
                }
            });
        });
    }
}
