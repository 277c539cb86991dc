//! Times of repeated calls.

use std::hint::black_box;
use std::time::Instant;

/// Seconds of single calls, in ascending order.
#[derive(Clone, Debug)]
pub struct Times(Vec<f64>);

impl Times {
    /// Calls `work` until `seconds` have passed, at least twice; the first call is not counted, since it fills caches and pages.
    pub fn measure<R>(seconds: f64, mut work: impl FnMut() -> R) -> Self {
        let begin = Instant::now();
        drop(black_box(work()));
        let mut all = vec![];
        while all.is_empty() || begin.elapsed().as_secs_f64() < seconds {
            let call = Instant::now();
            let result = black_box(work());
            all.push(call.elapsed().as_secs_f64());
            drop(result);
        }
        all.sort_by(f64::total_cmp);
        Self(all)
    }

    /// Seconds of the fastest call.
    #[must_use]
    pub fn least(&self) -> f64 {
        self.0[0]
    }

    /// Median of the seconds.
    #[must_use]
    pub fn median(&self) -> f64 {
        self.0[self.0.len() / 2]
    }
}
