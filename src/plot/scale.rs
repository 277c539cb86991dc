//! Limits, ticks and numbers.

/// An axis: limits, and whether it is logarithmic.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Axis {
    pub(crate) lo: f64,
    pub(crate) hi: f64,
    pub(crate) log: bool,
}

impl Axis {
    /// A linear axis from `lo` to `hi`, opened a little where they coincide.
    pub(crate) fn linear(lo: f64, hi: f64) -> Self {
        let spread = if hi > lo { 0.0 } else { 0.5 * lo.abs().max(1e-12) };
        Self { lo: lo - spread, hi: hi + spread, log: false }
    }

    /// A logarithmic axis around the positive finite values, with a margin of 6 % at both ends.
    pub(crate) fn log(values: impl Iterator<Item = f64>) -> Self {
        let (lo, hi) = values
            .filter(|v| v.is_finite() && *v > 0.0)
            .fold((f64::INFINITY, 0.0f64), |(lo, hi), v| (lo.min(v), hi.max(v)));
        let (lo, hi) = if hi > 0.0 { (lo, hi) } else { (0.1, 1.0) };
        // At least half a decade, or the ticks say nothing.
        let (a, b) = (lo.log10(), hi.log10());
        let pad = (0.06 * (b - a)).max((0.5 - (b - a)) / 2.0).max(0.02);
        Self { lo: 10f64.powf(a - pad), hi: 10f64.powf(b + pad), log: true }
    }

    /// A logarithmic axis stretched by `factor` at its upper end, to make room for labels.
    pub(crate) fn open(self, factor: f64) -> Self {
        Self { hi: self.lo * (self.hi / self.lo).powf(factor), ..self }
    }

    /// Position of a value: 0 at `lo`, 1 at `hi`.
    pub(crate) fn fraction(&self, value: f64) -> f64 {
        if self.log {
            (value.max(f64::MIN_POSITIVE) / self.lo).ln() / (self.hi / self.lo).ln()
        } else {
            (value - self.lo) / (self.hi - self.lo)
        }
    }

    /// Ticks with their labels; an empty label is a minor tick.
    pub(crate) fn ticks(&self, about: usize) -> Vec<(f64, String)> {
        if self.log { self.log_ticks() } else { linear_ticks(self.lo, self.hi, about) }
    }

    fn log_ticks(&self) -> Vec<(f64, String)> {
        let (a, b) = (self.lo.log10().floor() as i32, self.hi.log10().ceil() as i32);
        let decades = (self.hi / self.lo).log10();
        let mut ticks = Vec::new();
        // Over many decades the minor ticks would be a grey veil.
        let most = if decades > 6.0 { 1 } else { 9 };
        for k in a..=b {
            for m in 1..=most {
                let value = f64::from(m) * 10f64.powi(k);
                if value < self.lo * (1.0 - 1e-9) || value > self.hi * (1.0 + 1e-9) {
                    continue;
                }
                let labelled = m == 1 || decades < 1.8 && matches!(m, 2 | 5) || decades < 0.7;
                ticks.push((value, if labelled { scientific(m, k) } else { String::new() }));
            }
        }
        ticks
    }
}

/// Ticks at 1, 2, 2.5 or 5 times a power of ten.
pub(crate) fn linear_ticks(lo: f64, hi: f64, about: usize) -> Vec<(f64, String)> {
    if hi <= lo || hi.is_nan() || lo.is_nan() {
        return vec![(lo, number(lo, 0))];
    }
    let raw = (hi - lo) / about.max(1) as f64;
    let power = 10f64.powf(raw.log10().floor());
    let step =
        [1.0, 2.0, 2.5, 5.0, 10.0].map(|m| m * power).into_iter().find(|s| *s >= raw * 0.999).unwrap_or(raw);
    let digits =
        (0..12).find(|&d| ((step * 10f64.powi(d)).round() - step * 10f64.powi(d)).abs() < 1e-6).unwrap_or(6);
    let first = (lo / step - 1e-6).ceil() as i64;
    let last = (hi / step + 1e-6).floor() as i64;
    (first..=last).map(|i| (i as f64 * step, number(i as f64 * step, digits as usize))).collect()
}

/// A number with a real minus sign.
fn number(value: f64, digits: usize) -> String {
    let value = if value == 0.0 { 0.0 } else { value };
    format!("{value:.digits$}").replace('-', "\u{2212}")
}

/// A number with up to three figures after the point, as few as it needs.
pub(crate) fn short(value: f64) -> String {
    let text = number((1e3 * value).round() / 1e3, 3);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// `m · 10^k` as people write it: 0.01 to 100 in full.
fn scientific(m: i32, k: i32) -> String {
    if (-2..=2).contains(&k) {
        return number(f64::from(m) * 10f64.powi(k), usize::try_from(-k).unwrap_or(0));
    }
    let power = format!("10{}", superscript(k));
    if m == 1 { power } else { format!("{m}\u{b7}{power}") }
}

/// An integer in raised digits.
pub(crate) fn superscript(k: i32) -> String {
    k.to_string()
        .chars()
        .map(|c| match c {
            '-' => '\u{207b}',
            '1' => '\u{b9}',
            '2' => '\u{b2}',
            '3' => '\u{b3}',
            c => char::from_u32(0x2070 + c.to_digit(10).unwrap_or(0)).unwrap_or(c),
        })
        .collect()
}

/// The power of ten that is taken out of the labels of values up to `largest`: 0 where plain numbers read well.
pub(crate) fn common_power(largest: f64) -> i32 {
    if largest > 0.0 && largest.is_finite() {
        let k = largest.log10().floor() as i32;
        if (-1..=3).contains(&k) { 0 } else { k }
    } else {
        0
    }
}

/// Percent with three figures.
pub(crate) fn percent(fraction: f64) -> String {
    let p = 100.0 * fraction;
    let digits = if p >= 100.0 {
        0
    } else if p >= 10.0 {
        1
    } else {
        2
    };
    format!("{p:.digits$}\u{a0}%")
}
