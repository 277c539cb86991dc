//! Meshes: structured ones, Gmsh files, refinement, checks, VTU output.
