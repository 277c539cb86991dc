//! The program `sobolev`; `sobolev help` says what it does.

mod cli;

/// Tensors of many megabytes come and go at every operation: an allocator that keeps its pages saves as much time as the
/// kernels take.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    cli::main()
}
