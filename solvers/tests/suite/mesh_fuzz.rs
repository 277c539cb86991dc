//! The Gmsh reader on damaged files: an error or a mesh, never a panic and never memory out of proportion.
//!
//! `MESH_FUZZ_CASES=1000000 cargo nextest run -p sobolev-solvers mesh_fuzz` runs a longer session; `solvers/fuzz` is the same for cargo-fuzz.

use std::path::Path;

use rand::{Rng, RngExt};
use sobolev_kernels::rng;
use sobolev_solvers::mesh::gmsh;

/// Numbers that readers trip over.
const NUMBERS: [&[u8]; 10] = [
    b"0",
    b"-1",
    b"2147483647",
    b"4294967295",
    b"4294967296",
    b"999999999999999999",
    b"18446744073709551615",
    b"1e308",
    b"-2147483648",
    b"nan",
];

fn damage(rng: &mut impl Rng, bytes: &mut Vec<u8>) {
    for _ in 0..rng.random_range(1..=4) {
        let n = bytes.len().max(1);
        let at = rng.random_range(0..n).min(bytes.len().saturating_sub(1));
        let length = rng.random_range(1..=16).min(bytes.len() - at);
        match rng.random_range(0..7) {
            _ if bytes.is_empty() => {}
            0 => bytes[at] ^= 1 << rng.random_range(0..8),
            1 => bytes[at..at + length].fill(rng.random_range(0..=255)),
            2 => bytes.truncate(at),
            3 => drop(bytes.drain(at..at + length)),
            4 => {
                let copy = bytes[at..at + length].to_vec();
                bytes.splice(at..at, copy);
            }
            5 => {
                let number = NUMBERS[rng.random_range(0..NUMBERS.len())];
                let end = at + bytes[at..].iter().take_while(|b| b.is_ascii_graphic()).count();
                bytes.splice(at..end, number.iter().copied());
            }
            _ => {
                let (a, b) = (rng.random_range(0..bytes.len()), at);
                bytes.swap(a, b);
            }
        }
    }
}

#[test]
fn damaged_files_give_an_error_or_a_mesh() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "msh"))
        .collect();
    paths.sort();
    let files: Vec<Vec<u8>> = paths.iter().map(|path| std::fs::read(path).unwrap()).collect();
    let cases: u64 = std::env::var("MESH_FUZZ_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(6000);
    let mut refused = 0;
    for case in 0..cases {
        let mut rng = rng::stream(2026, case);
        let mut bytes = files[(case % files.len() as u64) as usize].clone();
        damage(&mut rng, &mut bytes);
        match gmsh::parse("damaged.msh", &bytes) {
            Ok(mesh) => assert!(mesh.check().is_ok(), "case {case}"),
            Err(error) => {
                refused += 1;
                let text = error.to_string();
                assert!(text.starts_with("damaged.msh") && !text.contains('\n'), "case {case}: {text}");
            }
        }
    }
    // Most damage is seen; some hits a digit of a coordinate or a comment.
    assert!(refused * 2 > cases && refused < cases, "{refused} of {cases}");
}
