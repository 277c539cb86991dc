//! A run folder, opened to use its model.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use burn::tensor::Device;
use sobolev_datasets::{Dataset, View};
use sobolev_operators::{Model, Operator, weights};

use super::card::{Normalisers, RunCard};
use super::error::{Result, RunError};
use super::training::{CACHE_MIB, use_precision};

/// A run that has weights.
#[derive(Debug)]
pub struct TrainedRun {
    /// The folder.
    pub folder: PathBuf,
    /// What the run is.
    pub card: RunCard,
    /// Its scaling.
    pub normalisers: Normalisers,
    /// Its best model.
    pub model: Model,
}

impl TrainedRun {
    /// Opens a run folder.
    ///
    /// # Errors
    /// [`RunError::Content`] if it is none, or its training has not finished an epoch; [`RunError::Model`] if the weights are
    /// damaged or another model's.
    pub fn open(folder: &Path, device: &Device) -> Result<Self> {
        let card = RunCard::load(folder)?;
        use_precision(card.train.precision, device)?;
        let normalisers = Normalisers::load(folder)?;
        let path = folder.join("weights.safetensors");
        if !path.exists() {
            let message = "has no weights.safetensors: its training has not finished or was killed; go on with \
                           `sobolev train --resume`";
            return Err(RunError::content(folder, message));
        }
        let mut model = card.model.init(card.train.seed, device)?;
        // Modes that grew need not have come to all that are allocated.
        if card.train.incremental.as_ref().is_some_and(|i| i.modes.is_some())
            && let Some(modes) = weights::load(&path, device)?.modes()
        {
            model.set_n_modes(&modes.used)?;
        }
        let model = weights::load_into(model, &path)?;
        Ok(Self { folder: folder.to_path_buf(), card, normalisers, model })
    }

    /// A data set as the run's task sees it.
    ///
    /// # Errors
    /// [`RunError::Fit`] if fields or channels are not those of the run, or if the grid is another one and `any_grid` is not
    /// set; [`RunError::Model`] if the model cannot work on the grid.
    pub fn view(&self, dataset: Dataset, any_grid: bool) -> Result<View> {
        let data = dataset.path().to_path_buf();
        let fit = |what, expected: String, found: String| RunError::Fit {
            data: data.clone(),
            run: self.folder.clone(),
            what,
            expected,
            found,
        };
        let card = &self.card.data;
        let has = |name: &String| dataset.fields().iter().any(|f| f.name == *name);
        if !card.inputs.iter().chain(&card.targets).all(has) {
            let names: Vec<_> = dataset.fields().iter().map(|f| f.name.as_str()).collect();
            let expected = format!("{:?} -> {:?}", card.inputs, card.targets);
            return Err(fit("the fields", expected, format!("{names:?}")));
        }
        let size = dataset.size().to_vec();
        if size.len() != card.size.len() {
            let expected = format!("one of {} axes", card.size.len());
            return Err(fit("the grid", expected, format!("{size:?}")));
        }
        if size != card.size && !any_grid {
            let expected =
                format!("{:?} (to evaluate on another grid, name it with --resolution)", card.size);
            return Err(fit("the grid", expected, format!("{size:?}")));
        }
        self.card.model.config.check_size(&size)?;
        let view = View::new(Arc::new(dataset), &card.task(), CACHE_MIB)?;
        let (found, expected) = (
            (view.in_channels(), view.out_channels()),
            (self.card.model.in_channels, self.card.model.out_channels),
        );
        if found != expected {
            let text = |(i, o)| format!("{i} -> {o}");
            return Err(fit("the channels", text(expected), text(found)));
        }
        Ok(view)
    }
}
