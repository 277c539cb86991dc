//! The Gmsh reader: any bytes give a mesh that passes all checks, or one error of one line.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sobolev_solvers::mesh::gmsh;

fuzz_target!(|bytes: &[u8]| match gmsh::parse("fuzz.msh", bytes) {
    Ok(mesh) => assert!(mesh.check().is_ok()),
    Err(error) => assert!(!error.to_string().contains('\n')),
});
