//! What calls cost: time, and memory of the process.

use std::hint::black_box;
use std::time::Instant;

/// How often to call.
#[derive(Clone, Copy, Debug)]
pub struct Calls {
    /// Calls that are not counted: they fill caches and pages.
    pub warmup: usize,
    /// Calls at least, 1 or more.
    pub least: usize,
    /// Seconds to go on for.
    pub seconds: f64,
}

/// Seconds of single calls, in ascending order.
#[derive(Clone, Debug)]
pub struct Times(Vec<f64>);

impl Times {
    /// Calls `work` for some seconds, after a first call that is not counted.
    pub fn measure<R>(seconds: f64, work: impl FnMut() -> R) -> Self {
        Self::of(Calls { warmup: 1, least: 1, seconds }, work)
    }

    /// Calls `work` as often as `calls` says.
    pub fn of<R>(calls: Calls, mut work: impl FnMut() -> R) -> Self {
        for _ in 0..calls.warmup {
            drop(black_box(work()));
        }
        let (begin, mut all) = (Instant::now(), Vec::new());
        while all.len() < calls.least.max(1) || begin.elapsed().as_secs_f64() < calls.seconds {
            let call = Instant::now();
            let result = black_box(work());
            all.push(call.elapsed().as_secs_f64());
            drop(result);
        }
        all.sort_by(f64::total_cmp);
        Self(all)
    }

    /// Calls that were counted.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Seconds of the fastest call.
    #[must_use]
    pub fn least(&self) -> f64 {
        self.0[0]
    }

    /// Median of the seconds.
    #[must_use]
    pub fn median(&self) -> f64 {
        let n = self.0.len();
        0.5 * (self.0[(n - 1) / 2] + self.0[n / 2])
    }
}

/// Largest resident memory of this process so far, in MiB, where the system says it (`/proc/self/status`).
#[must_use]
pub fn peak_rss_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok().map(|kib| kib / 1024.0)
}
