//! Which file holds which samples.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::failure::OnFailure;
use crate::problem::Problem;
use crate::schema::Schema;
use crate::writer::{Provenance, WriteOptions};
use crate::{Error, Result};

/// Largest file made when no shard size is given.
const SHARD_BYTES: usize = 512 << 20;

/// The three parts of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    /// For fitting weights.
    Train,
    /// For choosing among fits.
    Valid,
    /// For the final number.
    Test,
}

impl Split {
    /// All splits, in the order of their sample indices.
    pub const ALL: [Self; 3] = [Self::Train, Self::Valid, Self::Test];

    /// Name of the folder.
    pub fn word(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Valid => "valid",
            Self::Test => "test",
        }
    }
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// What to generate, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct GenerateConfig {
    /// Folder of the data set; made if missing.
    pub out: PathBuf,
    /// Name of the data set and of its files.
    pub name: String,
    /// Samples for training, validation, test. Sample indices run on through the three.
    pub splits: [usize; 3],
    /// Seed of the data set, at most `i64::MAX`.
    pub seed: u64,
    /// Samples per file. `None`: files up to 512 MiB, and at least one file for each of the `n` processes of `shard`.
    pub shard_size: Option<usize>,
    /// `(i, n)`, `i < n`: this is process `i` of `n`. It makes files `i, i + n, i + 2n, ...` and no others; [`crate::finalize`]
    /// completes the set when all are done.
    pub shard: Option<(usize, usize)>,
    /// Storage.
    pub write: WriteOptions,
    /// What becomes of samples that fail.
    pub on_failure: OnFailure,
}

impl GenerateConfig {
    /// A set of `splits` samples in `out`, in as few files as is sensible, made by this process alone.
    pub fn new(out: impl Into<PathBuf>, name: impl Into<String>, splits: [usize; 3], seed: u64) -> Self {
        let (out, name) = (out.into(), name.into());
        Self {
            out,
            name,
            splits,
            seed,
            shard_size: None,
            shard: None,
            write: WriteOptions::default(),
            on_failure: OnFailure::default(),
        }
    }

    fn check(&self) -> Result<()> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
        if self.name.is_empty() || self.name.starts_with('.') || !self.name.chars().all(plain) {
            return Err(Error::config(
                "data set name",
                "letters, digits, '_', '-', '.'",
                format!("'{}'", self.name),
            ));
        }
        if self.splits.iter().all(|&n| n == 0) {
            return Err(Error::config("samples", "at least one", "none in any split"));
        }
        if self.shard_size == Some(0) {
            return Err(Error::config("shard size", "at least one sample", 0));
        }
        match self.shard {
            Some((i, n)) if i >= n => Err(Error::config("shard", "i of n with i < n", format!("{i} of {n}"))),
            _ => Ok(()),
        }
    }
}

/// One file of the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shard {
    pub(crate) path: PathBuf,
    pub(crate) split: Split,
    /// Global index of its first sample.
    pub(crate) first: u64,
    pub(crate) count: usize,
}

/// All files of a set and what is written into each: a pure function of the configuration.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) schema: Schema,
    pub(crate) provenance: Provenance,
    pub(crate) shards: Vec<Shard>,
}

impl Plan {
    pub(crate) fn new(problem: &dyn Problem, config: &GenerateConfig) -> Result<Self> {
        config.check()?;
        let mut schema = problem.schema();
        schema.dataset_name.clone_from(&config.name);
        schema.check()?;
        let size = shard_size(config, schema.sample_bytes());
        let settings = json!({
            "problem": problem.name(),
            "settings": problem.config(),
            "name": config.name,
            "seed": config.seed,
            "splits": config.splits,
            "shard_size": size,
            "gzip": config.write.gzip,
        });
        let provenance = Provenance {
            generator: env!("CARGO_PKG_NAME").into(),
            generator_version: env!("CARGO_PKG_VERSION").into(),
            pde: problem.name().into(),
            solver: problem.solver(),
            seed: config.seed,
            config_json: settings.to_string(),
            card: problem.card(),
        };
        Ok(Self { schema, provenance, shards: shards(&config.out, &config.name, config.splits, size) })
    }

    /// The files of process `i` of `n`.
    pub(crate) fn share(&self, shard: Option<(usize, usize)>) -> Vec<Shard> {
        let (i, n) = shard.unwrap_or((0, 1));
        self.shards.iter().skip(i).step_by(n).cloned().collect()
    }
}

fn shard_size(config: &GenerateConfig, sample_bytes: usize) -> usize {
    config.shard_size.unwrap_or_else(|| {
        let total: usize = config.splits.iter().sum();
        let processes = config.shard.map_or(1, |(_, n)| n);
        (SHARD_BYTES / sample_bytes.max(1)).min(total.div_ceil(processes)).max(1)
    })
}

/// The files of a set: `size` samples each, split by split, the last file of a split with what is left.
pub(crate) fn shards(out: &Path, name: &str, splits: [usize; 3], size: usize) -> Vec<Shard> {
    let mut shards = vec![];
    let mut first = 0u64;
    for (split, total) in Split::ALL.into_iter().zip(splits) {
        for (number, start) in (0..total).step_by(size.max(1)).enumerate() {
            let count = size.min(total - start);
            let path = out.join("data").join(split.word()).join(format!("{name}_{number:05}.hdf5"));
            shards.push(Shard { path, split, first: first + start as u64, count });
        }
        first += total as u64;
    }
    shards
}

/// The plan that a finished file was written under, read back from its `config_json`.
pub(crate) fn recorded(out: &Path, config: &Value) -> Option<Vec<Shard>> {
    let count = |v: &Value| v.as_u64().map(|n| n as usize);
    let splits: Vec<usize> = config["splits"].as_array()?.iter().map(count).collect::<Option<_>>()?;
    let splits: [usize; 3] = splits.try_into().ok()?;
    Some(shards(out, config["name"].as_str()?, splits, count(&config["shard_size"])?))
}
