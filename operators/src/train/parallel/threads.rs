//! Ranks that are threads of one process: the arithmetic of many ranks without a launcher.

use std::ops::AddAssign;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use bytemuck::Pod;

use super::super::error::{Result, TrainError};
use super::{Communicator, Floats};

/// What a rank brings to an exchange.
#[derive(Clone, Debug)]
enum Part {
    Bytes(Vec<u8>),
    /// A new meeting place, from the first rank of those that are to meet there.
    Place(Option<Arc<Place>>),
}

#[derive(Debug, Default)]
struct Meeting {
    parts: Vec<Option<Part>>,
    /// The parts of all, until everyone has taken them.
    all: Option<Arc<Vec<Part>>>,
    taken: usize,
    /// A rank has left and will bring nothing any more.
    left: bool,
}

/// Where ranks exchange parts, all at a time.
#[derive(Debug)]
struct Place {
    meeting: Mutex<Meeting>,
    bell: Condvar,
}

impl Place {
    fn new(size: usize) -> Arc<Self> {
        let meeting = Meeting { parts: vec![None; size], ..Meeting::default() };
        Arc::new(Self { meeting: Mutex::new(meeting), bell: Condvar::new() })
    }

    fn lock(&self) -> MutexGuard<'_, Meeting> {
        self.meeting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn exchange(&self, rank: usize, part: Part) -> Result<Arc<Vec<Part>>> {
        let wait = |guard| self.bell.wait(guard).unwrap_or_else(PoisonError::into_inner);
        let mut meeting = self.lock();
        // Others are still taking what the last exchange brought.
        while meeting.all.is_some() {
            meeting = wait(meeting);
        }
        meeting.parts[rank] = Some(part);
        if meeting.parts.iter().all(Option::is_some) {
            let all = meeting.parts.iter_mut().filter_map(Option::take).collect();
            meeting.all = Some(Arc::new(all));
            self.bell.notify_all();
        }
        let all = loop {
            if let Some(all) = &meeting.all {
                break all.clone();
            }
            if meeting.left {
                return Err(TrainError::ranks("another rank has stopped"));
            }
            meeting = wait(meeting);
        };
        meeting.taken += 1;
        if meeting.taken == meeting.parts.len() {
            (meeting.all, meeting.taken) = (None, 0);
            self.bell.notify_all();
        }
        Ok(all)
    }
}

/// A rank that is a thread of this process. Sums are taken in the order of the ranks.
///
/// ```
/// use sobolev_operators::train::parallel::{Communicator, Floats, Threads};
///
/// let sums: Vec<f64> = std::thread::scope(|scope| {
///     let ranks = Threads::new(3).into_iter();
///     let sum = |rank: Threads| {
///         let mut values = [rank.rank() as f64 + 1.0];
///         rank.all_reduce_sum(Floats::F64(&mut values)).unwrap();
///         values[0]
///     };
///     let threads: Vec<_> = ranks.map(|rank| scope.spawn(move || sum(rank))).collect();
///     threads.into_iter().map(|thread| thread.join().unwrap()).collect()
/// });
/// assert_eq!(sums, [6.0, 6.0, 6.0]);
/// ```
#[derive(Debug)]
pub struct Threads {
    rank: usize,
    size: usize,
    place: Arc<Place>,
}

impl Threads {
    /// `size` ranks, one for each thread.
    #[must_use]
    pub fn new(size: usize) -> Vec<Self> {
        let place = Place::new(size);
        (0..size).map(|rank| Self { rank, size, place: place.clone() }).collect()
    }

    fn bytes(&self, mine: &[u8]) -> Result<Vec<Vec<u8>>> {
        let all = self.place.exchange(self.rank, Part::Bytes(mine.to_vec()))?;
        let bytes = |part: &Part| match part {
            Part::Bytes(bytes) if bytes.len() == mine.len() => Ok(bytes.clone()),
            _ => Err(TrainError::ranks("the ranks are not at the same point of the training")),
        };
        all.iter().map(bytes).collect()
    }

    fn sum<T: Pod + AddAssign>(&self, values: &mut [T]) -> Result<()> {
        let all = self.bytes(bytemuck::cast_slice(values))?;
        for (rank, part) in all.iter().enumerate() {
            for (sum, value) in values.iter_mut().zip(bytemuck::pod_collect_to_vec::<u8, T>(part)) {
                if rank == 0 {
                    *sum = value;
                } else {
                    *sum += value;
                }
            }
        }
        Ok(())
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.place.lock().left = true;
        self.place.bell.notify_all();
    }
}

impl Communicator for Threads {
    fn rank(&self) -> usize {
        self.rank
    }

    fn size(&self) -> usize {
        self.size
    }

    fn all_reduce_sum(&self, values: Floats<'_>) -> Result<()> {
        match values {
            Floats::F32(values) => self.sum(values),
            Floats::F64(values) => self.sum(values),
        }
    }

    fn all_gather(&self, values: &[u8]) -> Result<Vec<u8>> {
        Ok(self.bytes(values)?.concat())
    }

    fn broadcast(&self, values: &mut [u8]) -> Result<()> {
        let all = self.bytes(values)?;
        values.copy_from_slice(&all[0]);
        Ok(())
    }

    fn split(&self, colour: usize) -> Result<Box<dyn Communicator>> {
        let mine = (colour as u64).to_le_bytes();
        let colours = self.bytes(&mine)?;
        let members: Vec<usize> = (0..self.size).filter(|&rank| colours[rank] == mine).collect();
        let first = members[0];
        let place = (self.rank == first).then(|| Place::new(members.len()));
        let places = self.place.exchange(self.rank, Part::Place(place))?;
        match &places[first] {
            Part::Place(Some(place)) => {
                let rank = members.iter().filter(|&&member| member < self.rank).count();
                Ok(Box::new(Self { rank, size: members.len(), place: place.clone() }))
            }
            _ => Err(TrainError::ranks("the ranks are not at the same point of the training")),
        }
    }
}
