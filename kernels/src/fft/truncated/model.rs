//! What a transform costs by either engine, axis by axis, and how much of it one task takes.

use super::butterfly::parts;

/// How the transform along one axis is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Engine {
    /// A product with the kept rows of the DFT matrix: O(n · modes) operations at the speed of a matrix product.
    Product,
    /// A full FFT of which the kept modes are taken: O(n log n) operations at the speed of an FFT.
    Fft,
    /// The same for many planes side by side in vector registers: all axes of a plane together, of which there are one or two.
    /// Takes as many planes as there are lanes, or the time of so many.
    Lanes,
}

// Fitted to `benches/fft.rs` on an AVX-512 machine (unit about 25 ps). Near the break-even points the engines differ by
// little, so that other machines lose little by these numbers.

/// Time per multiply-add of a folded product along a slow axis, the unit.
const BUTTERFLY: f64 = 1.0;
/// Time per multiply-add of the matrix product along the last axis.
const GEMM: f64 = 0.7;
/// Time per n log2 n of a complex line.
const FFT: f64 = 6.2;
/// Time per scalar moved between rows and the buffers of real lines.
const MOVE: f64 = 40.0;
/// Time per scalar moved between a block and the buffers of complex lines.
const MOVE_SLOW: f64 = 8.0;

/// Axes padded with ones in front: two slow ones and the last.
pub(super) type Axes = [usize; 3];

/// Rows of a slow axis between the first pass over it and the second.
pub(super) fn rows(n: usize, modes: usize, engine: Engine) -> usize {
    match engine {
        Engine::Product => parts(n, modes),
        Engine::Fft | Engine::Lanes => n,
    }
}

fn fft_line(n: usize) -> f64 {
    let n = n as f64;
    FFT * n * n.log2().max(1.0)
}

/// Time of one plane in units of a multiply-add of the butterfly product.
fn cost(size: Axes, modes: Axes, engines: [Engine; 3]) -> f64 {
    let [n1, n2, n3] = size.map(|n| n as f64);
    let r1 = rows(size[0], modes[0], engines[0]) as f64;
    let r2 = rows(size[1], modes[1], engines[1]) as f64;
    let pairs = |axis: usize| ((modes[axis] / 2 + 1) * (size[axis] / 2 + 1) * 2) as f64;
    let mut time = 0.0;
    if size[0] > 1 && engines[0] == Engine::Product {
        time += BUTTERFLY * pairs(0) * n2 * n3;
    }
    if size[1] > 1 {
        time += match engines[1] {
            Engine::Product => BUTTERFLY * pairs(1) * r1 * n3,
            Engine::Fft | Engine::Lanes => 0.5 * r1 * n2 * n3,
        };
    }
    let m3 = modes[2] as f64;
    time += r1
        * r2
        * match engines[2] {
            Engine::Product => GEMM * n3 * 2.0 * m3,
            Engine::Fft | Engine::Lanes => 0.5 * fft_line(size[2]) + MOVE * (0.25 * n3 + 2.0 * m3),
        };
    if size[1] > 1 && engines[1] == Engine::Fft {
        time += m3 * r1 * (fft_line(size[1]) + MOVE_SLOW * 2.0 * (n2 + modes[1] as f64));
    }
    if size[0] > 1 && engines[0] == Engine::Fft {
        let reached = if engines[1] == Engine::Fft { modes[1] as f64 } else { r2 };
        time += m3 * reached * (fft_line(size[0]) + MOVE_SLOW * 2.0 * (n1 + modes[0] as f64));
    }
    time
}

/// The cheapest engines of single planes, and the time of one.
pub(super) fn choose(size: Axes, modes: Axes) -> ([Engine; 3], f64) {
    let both = [Engine::Product, Engine::Fft];
    let mut best = ([Engine::Product; 3], f64::INFINITY);
    for a in both {
        for b in both {
            for c in both {
                let time = cost(size, modes, [a, b, c]);
                if time < best.1 {
                    best = ([a, b, c], time);
                }
            }
        }
    }
    best
}

/// Time per point moved between a plane and the lanes.
const MOVE_LANES: f64 = 2.5;
/// Time per point and factor 2 of a line.
const LANE: f64 = 2.5;
/// Time per kept wavenumber, of a row or of a plane.
const MODE_LANES: f64 = 20.0;
/// Work space beyond which planes are not put side by side.
pub(super) const MOST: usize = 4 << 20;

/// Time of one plane among many side by side.
pub(super) fn beside(size: Axes, modes: Axes) -> f64 {
    let [_, n2, n3] = size.map(|n| n as f64);
    let [_, m2, m3] = modes.map(|m| m as f64);
    let (half, real) = if size[2].is_multiple_of(2) { (size[2] / 2, 0.5) } else { (size[2], 1.0) };
    MOVE_LANES * n2 * n3
        + LANE * (real * n2 * n3 * passes(half) + m3 * n2 * passes(size[1]))
        + MODE_LANES * m3 * (n2 + m2)
}

/// Butterflies of radix 2 that a point goes through; a prime factor without one costs as much as it is large.
fn passes(n: usize) -> f64 {
    let (mut left, mut sum, mut p) = (n, 0.0, 2);
    while left > 1 {
        if left.is_multiple_of(p) {
            left /= p;
            sum += match p {
                2 => 1.0,
                3 => 1.6,
                5 => 2.4,
                _ => p as f64,
            };
        } else {
            p += 1;
        }
    }
    sum.max(1.0)
}

/// Work space of one task, about an L2 cache.
const SPACE: usize = 1 << 20;
/// Tasks wanted, so that threads finish together.
const TASKS: usize = 16;
/// Tasks needed, lest a machine of few cores idles.
const FEW: usize = 4;
/// Planes whose modes fill a cache line of the spectrum.
const RUN: usize = 8;

/// Planes per task: a whole number of cache lines of each mode where possible, all in cache, enough tasks for all threads.
///
/// Whole cache lines come before cache-sized work space: a spectrum of many modes written in crumbs is fetched and written
/// back once per crumb. A function of the sizes alone: the number of threads must not change the arithmetic.
pub(super) fn block(planes: usize, bytes_per_plane: usize) -> usize {
    let least = (planes / FEW).clamp(1, RUN);
    let fits = (SPACE / bytes_per_plane).clamp(least, 64);
    let block = fits.min(planes.div_ceil(TASKS).max(least));
    if block > RUN { block / RUN * RUN } else { block }
}
