//! Rows: extended beyond their ends, taken apart by residue, put together again, added.

use super::plan::AxisPlan;
use super::{Boundary, Sign};
use crate::Scalar;
use crate::simd::multiversion;

/// `row[i]` is the value at position `first + step · i` of a line continued beyond its ends; of no line at all it is 0.
pub(super) fn extend<T: Scalar>(
    row: &mut [T],
    line: Option<&[T]>,
    first: isize,
    step: usize,
    boundary: Boundary,
) {
    let Some(line) = line else { return row.fill(T::zero()) };
    let n = line.len() as isize;
    let count = |end: isize| usize::try_from(end - first).unwrap_or(0).div_ceil(step).min(row.len());
    let (a, b) = (count(0), count(n));
    let at = |i: usize| {
        let point = boundary.point(first + (step * i) as isize, n as usize);
        point.map_or(T::zero(), |p| line[p])
    };
    if boundary == Boundary::Zero {
        row[..a].fill(T::zero());
        row[b.max(a)..].fill(T::zero());
    } else {
        for i in (0..a).chain(b.max(a)..row.len()) {
            row[i] = at(i);
        }
    }
    if a < b {
        let line = &line[(first + (step * a) as isize) as usize..];
        match step {
            1 => row[a..b].copy_from_slice(&line[..b - a]),
            _ => row[a..b].iter_mut().zip(line.iter().step_by(step)).for_each(|(r, l)| *r = *l),
        }
    }
}

/// A line from position `first` on, extended and taken apart: `parts` holds the `len` values of each residue of the position modulo
/// the axis' step, `from_part_to_part` entries from one residue to the next.
pub(super) fn by_residue<T: Scalar>(
    parts: &mut [T],
    [from_part_to_part, len]: [usize; 2],
    line: Option<&[T]>,
    first: isize,
    axis: &AxisPlan,
) {
    if axis.step_in == 2 {
        let (even, odd) = parts.split_at_mut(from_part_to_part);
        return extend_two(&mut even[..len], &mut odd[..len], line, first, axis.boundary);
    }
    for residue in 0..axis.step_in {
        let part = &mut parts[residue * from_part_to_part..][..len];
        extend(part, line, first + residue as isize, axis.step_in, axis.boundary);
    }
}

/// [`extend`] of every second position, from `first` and from the one behind it.
fn extend_two<T: Scalar>(
    even: &mut [T],
    odd: &mut [T],
    line: Option<&[T]>,
    first: isize,
    boundary: Boundary,
) {
    let Some(line) = line else {
        even.fill(T::zero());
        return odd.fill(T::zero());
    };
    let n = line.len() as isize;
    let count = |end: isize| usize::try_from(end).unwrap_or(0).min(even.len());
    // Both of the positions `first + 2 i` and the next one are points of the line for `i` in `a..b`.
    let (a, b) = (count((1 - first).div_euclid(2)), count((n - first).div_euclid(2)));
    let value = |position: isize| boundary.point(position, line.len()).map_or(T::zero(), |p| line[p]);
    for ends in [0..a, b.max(a)..even.len()] {
        for i in ends {
            let position = first + 2 * i as isize;
            (even[i], odd[i]) = (value(position), value(position + 1));
        }
    }
    if a < b {
        let pairs = line[(first + 2 * a as isize) as usize..].as_chunks::<2>().0;
        deinterleave(&mut even[a..b], &mut odd[a..b], &pairs[..b - a]);
    }
}

multiversion! {
    /// The first and the second values of pairs.
    fn deinterleave[T: Scalar](even: &mut [T], odd: &mut [T], pairs: &[[T; 2]]) {
        for ((even, odd), pair) in even.iter_mut().zip(odd).zip(pairs) {
            (*even, *odd) = (pair[0], pair[1]);
        }
    }
}

multiversion! {
    /// `a` at the even and `b` at the odd places.
    pub(super) fn interleave[T: Scalar](row: &mut [T], a: &[T], b: &[T]) {
        let pairs = row.len() / 2;
        if row.len() % 2 == 1 {
            row[2 * pairs] = a[pairs];
        }
        for ((row, a), b) in row.as_chunks_mut::<2>().0.iter_mut().zip(&a[..pairs]).zip(&b[..pairs]) {
            *row = [*a, *b];
        }
    }
}

multiversion! {
    /// `y = z`, `y = field + z` or `y = field - z`.
    pub(super) fn settle[T: Scalar](y: &mut [T], z: &[T], field: Option<(&[T], Sign)>) {
        match field {
            None => y.copy_from_slice(z),
            Some((field, Sign::Plus)) => {
                for ((y, z), f) in y.iter_mut().zip(z).zip(field) {
                    *y = *f + *z;
                }
            }
            Some((field, Sign::Minus)) => {
                for ((y, z), f) in y.iter_mut().zip(z).zip(field) {
                    *y = *f - *z;
                }
            }
        }
    }
}

multiversion! {
    /// `row += other` or `row -= other`.
    pub(super) fn accumulate[T: Scalar](row: &mut [T], other: &[T], sign: Sign) {
        match sign {
            Sign::Plus => row.iter_mut().zip(other).for_each(|(r, o)| *r += *o),
            Sign::Minus => row.iter_mut().zip(other).for_each(|(r, o)| *r -= *o),
        }
    }
}

multiversion! {
    /// The sum of a row.
    pub(super) fn sum[T: Scalar](row: &[T]) -> T {
        let mut lanes = [T::zero(); 32];
        let (chunks, rest) = row.as_chunks::<32>();
        for chunk in chunks {
            for (l, v) in lanes.iter_mut().zip(chunk) {
                *l += *v;
            }
        }
        let mut total = T::zero();
        for v in lanes.iter().chain(rest) {
            total += *v;
        }
        total
    }
}
