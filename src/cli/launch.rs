//! Processes that train together: which of them this is, and how a failure of one ends all.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
#[cfg(feature = "mpi")]
use std::time::Duration;

use sobolev::operators::train::parallel::Ranks;

use super::CliError;

/// This process among those that `mpirun` or a batch system started together; alone where nothing did.
#[derive(Debug)]
pub(crate) struct Launch {
    rank: usize,
    size: usize,
    /// Number of this process among those on its machine.
    local: usize,
    /// Threads of this process, so that those on one machine share its cores; 0 is for the thread pool to decide.
    threads: usize,
    #[cfg(feature = "mpi")]
    world: Option<sobolev::operators::train::parallel::World>,
}

/// Set by the launchers of the MPI libraries for every process that they start.
#[cfg(feature = "mpi")]
const LAUNCHED: [&str; 6] =
    ["OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID", "PALS_RANKID"];

impl Launch {
    /// A process on its own.
    pub(crate) fn alone() -> Self {
        Self {
            rank: 0,
            size: 1,
            local: 0,
            threads: 0,
            #[cfg(feature = "mpi")]
            world: None,
        }
    }

    /// Joins the processes that were started together, if this one was.
    #[cfg(feature = "mpi")]
    pub(crate) fn join() -> Result<Self, CliError> {
        use sobolev::operators::train::parallel::{Communicator, World};

        if LAUNCHED.iter().all(|name| std::env::var_os(name).is_none()) {
            return Ok(Self::alone());
        }
        let world = World::start().map_err(CliError::failure)?;
        let (ranks, node) = (world.ranks(), world.node());
        // Processes that are bound to the same cores share them; those with cores of their own have them to themselves.
        let all = node.all_gather(&cores_allowed()).map_err(CliError::failure)?;
        let sharing = all.chunks_exact(CORES).filter(|cores| **cores == cores_allowed()).count();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let decided = node.size() == 1 || std::env::var_os("RAYON_NUM_THREADS").is_some();
        let threads = if decided { 0 } else { (cores / sharing.max(1)).max(1) };
        Ok(Self { rank: ranks.rank(), size: ranks.size(), local: node.rank(), threads, world: Some(world) })
    }

    /// A program without MPI can only notice that it was meant to have it.
    #[cfg(not(feature = "mpi"))]
    pub(crate) fn join() -> Result<Self, CliError> {
        match std::env::var("OMPI_COMM_WORLD_SIZE").ok().and_then(|size| size.parse().ok()) {
            None | Some(0 | 1) => Ok(Self::alone()),
            Some::<usize>(size) => Err(CliError::input(format!(
                "started as one of {size} processes, but this program was built without the feature 'mpi'; build with \
                 --features mpi, or start it without mpirun"
            ))),
        }
    }

    /// Whether this process speaks for all.
    pub(crate) fn is_root(&self) -> bool {
        self.rank == 0
    }

    /// Number of this process among those on its machine: a device each.
    pub(crate) fn local(&self) -> usize {
        self.local
    }

    /// Threads to start where the user asks for `asked`, 0 being as many as there are cores.
    pub(crate) fn threads(&self, asked: usize) -> usize {
        if asked > 0 { asked } else { self.threads }
    }

    /// The ranks of a training, in data groups of `patch_parallel`.
    #[cfg(feature = "mpi")]
    pub(crate) fn ranks(&self, patch_parallel: usize) -> Result<Ranks, CliError> {
        use sobolev::operators::train::parallel::{Communicator, Single};

        let world: Box<dyn Communicator> = match &self.world {
            Some(world) => Box::new(world.ranks()),
            None => Box::new(Single),
        };
        Ranks::new(world, patch_parallel).map_err(CliError::input)
    }

    /// The ranks of a training, in data groups of `patch_parallel`.
    #[cfg(not(feature = "mpi"))]
    pub(crate) fn ranks(&self, patch_parallel: usize) -> Result<Ranks, CliError> {
        let single = Box::new(sobolev::operators::train::parallel::Single);
        Ranks::new(single, patch_parallel).map_err(CliError::input)
    }

    /// Runs `work`; a panic must not leave other processes waiting for this one.
    pub(crate) fn run(&self, work: impl FnOnce() -> Result<(), CliError>) -> Result<(), CliError> {
        if self.size == 1 {
            return work();
        }
        catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(CliError::failure("stopped by a panic")))
    }

    /// Reports a failure in one line and gives its exit code. An interrupt is agreed upon: all processes return. Of any other failure
    /// the others may know nothing, so that it ends them all.
    pub(crate) fn fail(&self, error: &CliError) -> ExitCode {
        #[cfg(feature = "mpi")]
        if let Some(world) = &self.world {
            use sobolev::operators::train::parallel::Communicator;

            if matches!(error, CliError::Interrupted(_)) && world.ranks().all_gather(&[0]).is_ok() {
                // All have saved what they had to: the first to leave with this code makes launchers end the others.
                return self.report(error);
            }
            if self.is_root() {
                eprintln!("sobolev: {}", error.line());
            } else {
                // The same failure on all ranks is for rank 0 to report, which ends this process meanwhile.
                std::thread::sleep(Duration::from_secs(2));
                eprintln!("sobolev: rank {}: {}", self.rank, error.line());
            }
            world.abort(error.code());
        }
        self.report(error)
    }

    /// One line, of all processes from the first one.
    fn report(&self, error: &CliError) -> ExitCode {
        if self.is_root() {
            eprintln!("sobolev: {}", error.line());
        }
        ExitCode::from(error.code())
    }
}

#[cfg(feature = "mpi")]
const CORES: usize = 256;

/// The cores that this process may use, as the system writes them; empty where it does not say.
#[cfg(feature = "mpi")]
fn cores_allowed() -> [u8; CORES] {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).unwrap_or_default();
    let mut cores = [0; CORES];
    cores.iter_mut().zip(line.trim().bytes()).for_each(|(to, from)| *to = from);
    cores
}
