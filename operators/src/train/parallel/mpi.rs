//! Ranks that are processes, started by `mpirun` or a batch system.

use std::fmt;
use std::rc::Rc;

use mpi::Threading;
use mpi::collective::SystemOperation;
use mpi::datatype::Equivalence;
use mpi::environment::Universe;
use mpi::topology::{Color, SimpleCommunicator};
use mpi::traits::{Communicator as _, CommunicatorCollectives as _, Root as _};

use super::super::error::{Result, TrainError};
use super::{Communicator, Floats};

/// Values of a message: MPI counts them with 32 bits, and a sum needs a copy of its part.
const MESSAGE: usize = 1 << 24;

/// The processes that were started together. MPI ends when it and all its communicators are dropped.
///
/// Where MPI itself finds an error (a process is lost, a network fails) it ends all processes.
pub struct World {
    comm: SimpleCommunicator,
    universe: Rc<Universe>,
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {} of {}", self.comm.rank(), self.comm.size())
    }
}

impl World {
    /// Starts MPI, for use by this thread alone.
    ///
    /// # Errors
    /// [`TrainError::Ranks`] if this process has started it before, or the library allows no other threads beside this one.
    pub fn start() -> Result<Self> {
        let Some((universe, threading)) = mpi::initialize_with_threading(Threading::Funneled) else {
            return Err(TrainError::ranks("MPI can be started once in a process"));
        };
        if threading < Threading::Funneled {
            return Err(TrainError::ranks("the MPI library does not work in a program of several threads"));
        }
        Ok(Self { comm: universe.world(), universe: Rc::new(universe) })
    }

    /// All processes.
    #[must_use]
    pub fn ranks(&self) -> Mpi {
        self.wrap(self.comm.duplicate())
    }

    /// The processes on this machine.
    #[must_use]
    pub fn node(&self) -> Mpi {
        self.wrap(self.comm.split_shared(self.comm.rank()))
    }

    /// Ends all processes at once; the launcher reports `code`.
    pub fn abort(&self, code: u8) -> ! {
        self.comm.abort(i32::from(code))
    }

    fn wrap(&self, comm: SimpleCommunicator) -> Mpi {
        Mpi { comm, universe: self.universe.clone() }
    }
}

/// Some of the processes of a [`World`].
pub struct Mpi {
    comm: SimpleCommunicator,
    /// MPI must not end before its communicators.
    universe: Rc<Universe>,
}

impl fmt::Debug for Mpi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rank {} of {}", self.comm.rank(), self.comm.size())
    }
}

fn count(n: i32) -> usize {
    usize::try_from(n).unwrap_or(0)
}

impl Mpi {
    fn sum<T: Equivalence + Clone>(&self, values: &mut [T]) {
        for part in values.chunks_mut(MESSAGE) {
            let own = part.to_vec();
            self.comm.all_reduce_into(&own[..], part, SystemOperation::sum());
        }
    }
}

impl Communicator for Mpi {
    fn rank(&self) -> usize {
        count(self.comm.rank())
    }

    fn size(&self) -> usize {
        count(self.comm.size())
    }

    fn all_reduce_sum(&self, values: Floats<'_>) -> Result<()> {
        match values {
            Floats::F32(values) => self.sum(values),
            Floats::F64(values) => self.sum(values),
        }
        Ok(())
    }

    fn all_gather(&self, values: &[u8]) -> Result<Vec<u8>> {
        let (n, size) = (values.len(), self.size());
        let mut all = vec![0; n * size];
        for (i, part) in values.chunks(MESSAGE).enumerate() {
            let mut parts = vec![0; part.len() * size];
            self.comm.all_gather_into(part, &mut parts[..]);
            for (rank, part) in parts.chunks_exact(part.len()).enumerate() {
                let start = rank * n + i * MESSAGE;
                all[start..start + part.len()].copy_from_slice(part);
            }
        }
        Ok(all)
    }

    fn broadcast(&self, values: &mut [u8]) -> Result<()> {
        let root = self.comm.process_at_rank(0);
        for part in values.chunks_mut(MESSAGE) {
            root.broadcast_into(part);
        }
        Ok(())
    }

    fn split(&self, colour: usize) -> Result<Box<dyn Communicator>> {
        let number = i32::try_from(colour).map_err(TrainError::ranks)?;
        match self.comm.split_by_color(Color::with_value(number)) {
            Some(comm) => Ok(Box::new(Self { comm, universe: self.universe.clone() })),
            None => Err(TrainError::ranks("MPI made no group of ranks")),
        }
    }
}
