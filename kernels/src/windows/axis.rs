//! Windows along one axis.

/// Equally long windows of one axis of a grid: for each of their entries the grid point that it shows, or none.
///
/// ```
/// use sobolev_kernels::windows::AxisWindows;
///
/// // Two windows of four points on a periodic axis of six, and one that looks beyond the end.
/// let around = AxisWindows::new(6, 4, (0..2).flat_map(|w| (0..4).map(move |i| Some((3 * w + i) % 6))));
/// assert_eq!((around.count(), around.get(1, 3)), (2, Some(0)));
/// let beyond = AxisWindows::new(6, 4, (4..8).map(|i| (i < 6).then_some(i)));
/// assert_eq!((beyond.get(0, 1), beyond.get(0, 2)), (Some(5), None));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AxisWindows {
    points: usize,
    len: usize,
    /// Window by window; [`OUTSIDE`] where an entry shows nothing.
    index: Vec<u32>,
}

/// No index of a slice: a lookup finds nothing there.
pub(super) const OUTSIDE: u32 = u32::MAX;

impl AxisWindows {
    /// Windows of `len` points each on an axis of `points`; `index` runs through the entries of the first window, then of the second
    /// and so on.
    ///
    /// # Panics
    /// If an entry lies outside the axis, or the entries do not fill whole windows.
    pub fn new(points: usize, len: usize, index: impl IntoIterator<Item = Option<usize>>) -> Self {
        assert!(points < OUTSIDE as usize, "windows: an axis of {points} points");
        let entry = |i: Option<usize>| match i {
            Some(i) => {
                assert!(i < points, "windows: point {i} of an axis of {points} points");
                i as u32
            }
            None => OUTSIDE,
        };
        let index: Vec<u32> = index.into_iter().map(entry).collect();
        assert!(
            len > 0 && !index.is_empty() && index.len().is_multiple_of(len),
            "windows: {} entries are no number of windows of {len} points",
            index.len()
        );
        Self { points, len, index }
    }

    /// One window that is the whole axis.
    ///
    /// # Panics
    /// If the axis is empty.
    pub fn whole(points: usize) -> Self {
        Self::new(points, points, (0..points).map(Some))
    }

    /// Points of the axis.
    pub fn points(&self) -> usize {
        self.points
    }

    /// Points of a window.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Never true: a window has a point.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// Windows.
    pub fn count(&self) -> usize {
        self.index.len() / self.len
    }

    /// The point that entry `entry` of window `window` shows.
    ///
    /// # Panics
    /// If there is no such entry.
    pub fn get(&self, window: usize, entry: usize) -> Option<usize> {
        let index = self.window(window)[entry];
        (index != OUTSIDE).then_some(index as usize)
    }

    /// All entries, window by window.
    pub fn entries(&self) -> impl Iterator<Item = Option<usize>> + '_ {
        self.index.iter().map(|&i| (i != OUTSIDE).then_some(i as usize))
    }

    /// The entries of one window as they are stored.
    pub(super) fn window(&self, window: usize) -> &[u32] {
        &self.index[window * self.len..][..self.len]
    }
}
