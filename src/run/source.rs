//! Batches of a data set, scaled, for the training loop.

use std::sync::Arc;

use sobolev_datasets::{Dataset, Loader, LoaderConfig, NormaliserKind, View};
use sobolev_operators::loss::Edges;
use sobolev_operators::train::parallel::Share;
use sobolev_operators::train::{self, Batch, BatchSource, Batches, Portion, Portions, TrainError};

use super::card::Normalisers;
use super::error::Result;

/// A [`Loader`] with normalisers: the bridge from data sets to training.
#[derive(Debug)]
pub struct DataSource {
    loader: Loader,
    normalisers: Normalisers,
    edges: Edges,
}

/// How difference quotients treat the border: by the boundary conditions in the files.
pub(super) fn edges(dataset: &Dataset) -> Edges {
    let boundaries = dataset.info().boundary_conditions;
    let periodic = !boundaries.is_empty() && boundaries.iter().all(|b| b.to_lowercase().contains("periodic"));
    if periodic { Edges::Periodic } else { Edges::OneSided }
}

impl DataSource {
    /// A source over `view`.
    ///
    /// # Errors
    /// [`super::RunError::Data`] if a normaliser does not fit the view, or the loader's settings make no sense.
    pub fn new(view: Arc<View>, loader: LoaderConfig, normalisers: Normalisers) -> Result<Self> {
        let points = view.dataset().points();
        normalisers.input.check(view.in_channels(), points)?;
        normalisers.target.check(view.out_channels(), points)?;
        let edges = edges(view.dataset());
        Ok(Self { loader: Loader::new(view, loader)?, normalisers, edges })
    }

    fn encode(&self, mut batch: sobolev_datasets::Batch) -> Batch {
        if batch.batch > 0 {
            self.normalisers.input.encode(&mut batch.input, batch.batch);
            self.normalisers.target.encode(&mut batch.target, batch.batch);
        }
        Batch { samples: batch.batch, input: batch.input, target: batch.target, size: batch.size }
    }

    /// The view behind it.
    #[must_use]
    pub fn view(&self) -> &View {
        self.loader.view()
    }

    /// Turns input fields `[batch, in_channels, points]` from normalised into physical units, in place.
    pub fn denormalise_input(&self, field: &mut [f64], samples: usize) {
        decode(&self.normalisers.input, field, samples);
    }
}

pub(super) fn data(error: sobolev_datasets::Error) -> TrainError {
    TrainError::Data(Box::new(error))
}

impl BatchSource for DataSource {
    fn n_samples(&self) -> usize {
        self.view().len()
    }

    fn n_batches(&self) -> usize {
        self.loader.n_batches()
    }

    fn in_channels(&self) -> usize {
        self.view().in_channels()
    }

    fn out_channels(&self) -> usize {
        self.view().out_channels()
    }

    fn edges(&self) -> Edges {
        self.edges
    }

    fn epoch(&self, epoch: usize, start: usize) -> train::Result<Batches<'_>> {
        let batches = self.loader.epoch(epoch as u64, start).map_err(data)?;
        Ok(Box::new(batches.map(move |batch| Ok(self.encode(batch.map_err(data)?)))))
    }

    fn portions(&self, epoch: usize, start: usize, share: Share) -> train::Result<Portions<'_>> {
        let sizes: Vec<usize> = self.loader.batches(epoch as u64).iter().skip(start).map(Vec::len).collect();
        let batches = self.loader.epoch_of(epoch as u64, start, move |n| share.range(n)).map_err(data)?;
        Ok(Box::new(batches.zip(sizes).map(move |(batch, total)| {
            let batch = self.encode(batch.map_err(data)?);
            Ok(Portion { batch, first: share.range(total).start, total })
        })))
    }

    fn denormalise(&self, field: &mut [f64], samples: usize) {
        decode(&self.normalisers.target, field, samples);
    }
}

/// As `Normaliser::decode`, in double precision.
pub(super) fn decode(normaliser: &sobolev_datasets::Normaliser, field: &mut [f64], samples: usize) {
    let channels = normaliser.channels();
    let points = field.len() / (samples * channels).max(1);
    for (row, values) in field.chunks_exact_mut(points.max(1)).enumerate() {
        let c = row % channels;
        for (i, v) in values.iter_mut().enumerate() {
            let at = match normaliser.kind() {
                NormaliserKind::Scalar => 0,
                NormaliserKind::Channel => c,
                NormaliserKind::Pointwise => c * points + i,
            };
            *v = *v * normaliser.std()[at] + normaliser.mean()[at];
        }
    }
}
