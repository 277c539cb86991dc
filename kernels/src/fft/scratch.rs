//! Work space that a thread keeps from one task to the next.
//!
//! A task of a transform needs a few hundred kilobytes. Fresh from the system they cost as many page faults as the task has
//! microseconds; kept by the thread they cost nothing and stay in its cache.

use std::cell::RefCell;

/// A cache line, so that buffers start on vector boundaries.
#[derive(Clone, Copy, bytemuck::Zeroable, bytemuck::Pod)]
#[repr(C, align(64))]
struct CacheLine([u8; 64]);

thread_local! {
    static SPACE: RefCell<Vec<CacheLine>> = const { RefCell::new(Vec::new()) };
}

/// Calls `work` with one buffer of each length, whose entries are arbitrary.
pub(crate) fn with<T: bytemuck::Pod, const N: usize, R>(
    lengths: [usize; N],
    work: impl FnOnce([&mut [T]; N]) -> R,
) -> R {
    let lines = lengths.map(|len| (len * size_of::<T>()).div_ceil(64));
    let total: usize = lines.iter().sum();
    // The thread may come here again before it is done (a caller's own parallel loop inside `work`): take, then put back.
    let mut space = SPACE.take();
    if space.len() < total {
        space.resize(total, CacheLine([0; 64]));
    }
    let mut rest = space.as_mut_slice();
    let buffers = std::array::from_fn(|i| {
        let (head, tail) = std::mem::take(&mut rest).split_at_mut(lines[i]);
        rest = tail;
        &mut bytemuck::cast_slice_mut::<CacheLine, T>(head)[..lengths[i]]
    });
    let result = work(buffers);
    SPACE.replace(space);
    result
}
