//! Data groups, and the patches of a group.

use std::fmt;
use std::ops::Range;

use super::super::config::TrainConfig;
use super::super::error::{Result, TrainError};
use super::super::patches::PatchLoss;
use super::{Communicator, Floats, Single};

/// One of `of` shares of a number of things, which are as equal as can be; the first ones are the larger ones.
///
/// ```
/// use sobolev_operators::train::parallel::Share;
///
/// let shares = |n| [0, 1, 2].map(|index| Share { index, of: 3 }.range(n));
/// assert_eq!(shares(8), [0..3, 3..6, 6..8]);
/// assert_eq!(shares(1), [0..1, 1..1, 1..1]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Which one, from 0.
    pub index: usize,
    /// How many there are.
    pub of: usize,
}

impl Share {
    /// Everything.
    pub const ALL: Self = Self { index: 0, of: 1 };

    /// The things `0 .. n` that belong to the share.
    #[must_use]
    pub fn range(self, n: usize) -> Range<usize> {
        let start = |index: usize| (n * index).div_ceil(self.of);
        start(self.index)..start(self.index + 1)
    }
}

/// The ranks of a training: data groups of `patch_parallel` neighbours each.
pub struct Ranks {
    world: Box<dyn Communicator>,
    group: Box<dyn Communicator>,
}

impl fmt::Debug for Ranks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rank {} of {}, {self}", self.world.rank(), self.world.size())
    }
}

/// `2 data groups of 2 ranks`.
impl fmt::Display for Ranks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let many = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
        write!(f, "{} of {}", many(self.groups(), "data group"), many(self.group.size(), "rank"))
    }
}

impl Ranks {
    /// This process alone.
    #[must_use]
    pub fn single() -> Self {
        Self { world: Box::new(Single), group: Box::new(Single) }
    }

    /// Groups of `patch_parallel` neighbours among the ranks of `world`.
    ///
    /// # Errors
    /// [`TrainError::Mismatch`] if the number of ranks is no multiple of `patch_parallel`; it says what would do.
    pub fn new(world: Box<dyn Communicator>, patch_parallel: usize) -> Result<Self> {
        let n = world.size();
        if patch_parallel == 0 || !n.is_multiple_of(patch_parallel) {
            let expected = format!("a divisor of the number of ranks, {n}: {}", divisors(n));
            return Err(refused(expected, patch_parallel));
        }
        let group = world.split(world.rank() / patch_parallel)?;
        Ok(Self { world, group })
    }

    /// Number of ranks.
    #[must_use]
    pub fn size(&self) -> usize {
        self.world.size()
    }

    /// Whether this is the rank that writes files and reports: rank 0.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.world.rank() == 0
    }

    /// Number of data groups.
    #[must_use]
    pub fn groups(&self) -> usize {
        self.world.size() / self.group.size()
    }

    /// The share of the samples of a step that this rank's data group has.
    #[must_use]
    pub fn samples(&self) -> Share {
        Share { index: self.world.rank() / self.group.size(), of: self.groups() }
    }

    /// The share of the patches of the data group that this rank has.
    #[must_use]
    pub fn patches(&self) -> Share {
        Share { index: self.group.rank(), of: self.group.size() }
    }

    /// This rank's share of what all ranks do: of a validation set.
    pub(in crate::train) fn each(&self) -> Share {
        Share { index: self.world.rank(), of: self.world.size() }
    }

    /// All ranks.
    pub(in crate::train) fn world(&self) -> &dyn Communicator {
        &*self.world
    }

    /// The ranks of the data group.
    pub(in crate::train) fn group(&self) -> &dyn Communicator {
        &*self.group
    }

    /// Checks that a training can be shared so; `patches` is the number of patches of a sample, where the model works patch by patch.
    ///
    /// # Errors
    /// [`TrainError::Mismatch`], which says what would do.
    pub fn check(&self, config: &TrainConfig, patches: Option<usize>) -> Result<()> {
        self.check_patches(config.patches.loss, patches)?;
        let groups = self.groups();
        if config.batch < groups {
            return Err(TrainError::Mismatch {
                what: "the batch",
                expected: format!("of at least {groups} samples, one for each data group"),
                found: config.batch.to_string(),
            });
        }
        Ok(())
    }

    pub(in crate::train) fn check_patches(&self, loss: PatchLoss, patches: Option<usize>) -> Result<()> {
        let (ranks, of) = (self.world.size(), self.group.size());
        match patches {
            _ if of == 1 => Ok(()),
            None => Err(refused("1 for a model that does not work patch by patch".into(), of)),
            Some(n) if !n.is_multiple_of(of) && !matches!(loss, PatchLoss::Random(_)) => {
                let common = (1..=ranks)
                    .filter(|&d| n.is_multiple_of(d) && ranks.is_multiple_of(d))
                    .max()
                    .unwrap_or(1);
                let expected = format!(
                    "a divisor of the {n} patches of a sample and of the {ranks} ranks: {}",
                    divisors(common)
                );
                Err(refused(expected, of))
            }
            Some(_) => Ok(()),
        }
    }

    /// Whether the flag of any rank is set; the same answer for all.
    pub(in crate::train) fn any(&self, flag: bool) -> Result<bool> {
        let mut count = [f64::from(u8::from(flag))];
        self.world.all_reduce_sum(Floats::F64(&mut count))?;
        Ok(count[0] > 0.0)
    }

    /// The text that rank 0 has; what the others bring does not matter.
    ///
    /// # Errors
    /// [`TrainError::Ranks`] if a rank is gone.
    pub fn broadcast(&self, text: &str) -> Result<String> {
        let mut length = (text.len() as u64).to_le_bytes();
        self.world.broadcast(&mut length)?;
        let length = usize::try_from(u64::from_le_bytes(length)).unwrap_or(0);
        let mut bytes = text.as_bytes().to_vec();
        bytes.resize(length, 0);
        self.world.broadcast(&mut bytes)?;
        String::from_utf8(bytes).map_err(TrainError::ranks)
    }
}

fn refused(expected: String, found: usize) -> TrainError {
    TrainError::Mismatch { what: "patch-parallel", expected, found: found.to_string() }
}

/// `1, 2, 3 or 6`.
fn divisors(n: usize) -> String {
    let all: Vec<String> = (1..=n).filter(|&d| n.is_multiple_of(d)).map(|d| d.to_string()).collect();
    match all.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => all.concat(),
    }
}
