//! How a field is cut into HDF5 chunks.

/// Frames below this share a chunk with their neighbours in time.
const SMALL: usize = 64 << 10;
/// Size aimed at by such a shared chunk.
const SHARED: usize = 256 << 10;
/// Frames above this are cut in space.
const LARGE: usize = 4 << 20;

/// Chunk of one field with axes `[sample, time?, space..., components...]`.
///
/// One chunk is one stored step of one trajectory: that is what a training window reads. Small frames share a chunk with later
/// steps (about 256 KiB), large ones (over 4 MiB) are halved along the slowest space axis. A chunk never spans two samples, or a
/// shuffled epoch would read each chunk many times.
pub(crate) fn chunk(steps: Option<usize>, space: &[usize], components: &[usize]) -> Vec<usize> {
    let mut space = space.to_vec();
    let bytes = |space: &[usize]| 4 * space.iter().chain(components).product::<usize>();
    while bytes(&space) > LARGE {
        let Some(axis) = space.iter().position(|&n| n > 1) else { break };
        space[axis] = space[axis].div_ceil(2);
    }
    let frame = bytes(&space).max(1);
    let together = if frame < SMALL { SHARED / frame } else { 1 };
    let mut chunk = vec![1];
    chunk.extend(steps.map(|t| together.clamp(1, t)));
    chunk.extend(space);
    chunk.extend(components);
    chunk
}
