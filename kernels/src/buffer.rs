//! Memory that a kernel fills completely before anyone reads it.

use rayon::prelude::*;

/// A vector of `len` entries whose values are arbitrary until written.
///
/// Zeroing a multi-megabyte result costs as much as computing it; a kernel that overwrites every entry starts from here.
pub fn uninit<T: bytemuck::Pod>(len: usize) -> Vec<T> {
    let mut buffer = Vec::with_capacity(len);
    // SAFETY: the capacity is `len`, and every bit pattern is a value of a `Pod` type; the callers of this module's
    // kernels overwrite all entries before reading any.
    #[allow(clippy::uninit_vec, reason = "plain old data, overwritten before it is read")]
    unsafe {
        buffer.set_len(len);
    }
    buffer
}

/// A pointer into a buffer that several threads fill at disjoint places.
///
/// The borrow checker cannot see that tiles of a `[channels, points]` plane do not overlap; the user of this type asserts it.
#[derive(Clone, Copy, Debug)]
pub struct SharedMut<T> {
    start: *mut T,
    len: usize,
}

// SAFETY: sending the pointer is harmless; every dereference is an `unsafe` call whose contract demands disjointness.
unsafe impl<T: Send> Send for SharedMut<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for SharedMut<T> {}

impl<T> SharedMut<T> {
    /// Shares a slice among threads.
    pub fn new(slice: &mut [T]) -> Self {
        Self { start: slice.as_mut_ptr(), len: slice.len() }
    }

    /// The entries `[offset, offset + len)`.
    ///
    /// # Safety
    /// The range lies in the slice, the slice outlives the use, and no other live reference overlaps the range.
    #[allow(clippy::mut_from_ref, reason = "that is the purpose of the type; see its contract")]
    pub unsafe fn slice(&self, offset: usize, len: usize) -> &mut [T] {
        debug_assert!(offset + len <= self.len, "range {offset}+{len} outside a buffer of {}", self.len);
        // SAFETY: the caller's contract.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(offset), len) }
    }

    /// Writes one entry.
    ///
    /// # Safety
    /// `index` lies in the slice and no other thread touches it now.
    pub unsafe fn write(&self, index: usize, value: T) {
        debug_assert!(index < self.len, "index {index} outside a buffer of {}", self.len);
        // SAFETY: the caller's contract.
        unsafe { self.start.add(index).write(value) }
    }

    /// The address of an entry.
    ///
    /// # Safety
    /// `index` lies in the slice.
    pub unsafe fn at(&self, index: usize) -> *mut T {
        debug_assert!(index <= self.len, "index {index} outside a buffer of {}", self.len);
        // SAFETY: the caller's contract.
        unsafe { self.start.add(index) }
    }
}

/// Adds partial sums in a fixed order: the result does not depend on how the threads were scheduled.
///
/// `partials` holds equally long vectors; entry `j` of the result is the sum of their entries `j`, in the order given.
pub fn sum_partials<T: crate::Scalar>(partials: Vec<Vec<T>>) -> Vec<T> {
    let mut iter = partials.into_iter();
    let Some(mut total) = iter.next() else { return Vec::new() };
    for part in iter {
        for (t, p) in total.iter_mut().zip(&part) {
            *t += *p;
        }
    }
    total
}

/// `y += x`, on all threads.
pub fn add_assign<T: crate::Scalar>(y: &mut [T], x: &[T]) {
    const CHUNK: usize = 1 << 15;
    y.par_chunks_mut(CHUNK).zip(x.par_chunks(CHUNK)).for_each(|(y, x)| {
        for (y, x) in y.iter_mut().zip(x) {
            *y += *x;
        }
    });
}
