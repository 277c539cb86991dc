//! The order in which the modes take their random numbers.

/// Marks a mode that the grid doesn't hold; its number is drawn and thrown away.
pub(crate) const SKIP: u32 = u32::MAX;

/// Positions in an array with the given strides of all modes, in shells of growing largest index and lexicographic inside a
/// shell.
///
/// The first shells are the same on every grid, so that a finer grid extends the sequence and never reorders it.
pub(crate) fn shells(counts: &[usize], strides: &[usize]) -> Vec<u32> {
    let mut order = Vec::new();
    for shell in 0..counts.iter().copied().max().unwrap_or(0) {
        descend(counts, strides, shell, false, Some(0), &mut order);
    }
    order
}

/// Appends the rest of a shell below a prefix that has (`reached`) or hasn't got an index equal to `shell`.
fn descend(
    counts: &[usize],
    strides: &[usize],
    shell: usize,
    reached: bool,
    position: Option<usize>,
    order: &mut Vec<u32>,
) {
    let [count, counts @ ..] = counts else {
        order.push(position.map_or(SKIP, |p| p as u32));
        return;
    };
    let first = if counts.is_empty() && !reached { shell } else { 0 };
    for index in first..=shell {
        let next = position.filter(|_| index < *count).map(|p| p + index * strides[0]);
        descend(counts, &strides[1..], shell, reached || index == shell, next, order);
    }
}
