//! Applying a run's model to the inputs in a file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use burn::tensor::{DType, Device, Tensor, TensorData};
use sobolev_datasets::{
    Axis, Boundary, BoundaryKind, Card, Dataset, Field, FieldKind, GridType, Info, Provenance, Rank, Sample,
    Schema, ShardWriter, Split, Task, View, WriteOptions,
};
use sobolev_operators::Operator;
use sobolev_operators::train::Precision;

use super::error::{Result, RunError};
use super::trained::TrainedRun;

/// What [`predict`] wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prediction {
    /// The file.
    pub path: PathBuf,
    /// Its samples.
    pub samples: usize,
    /// Grid points per axis.
    pub size: Vec<usize>,
    /// Predicted fields.
    pub fields: Vec<String>,
}

/// Reads the input fields of every sample of the file `input`, and writes them with the predicted fields to `output`, in the
/// same layout; `output` appears when it is complete.
///
/// The grid may be another one than that of the training. Fields that are predicted need not be in `input`.
///
/// # Errors
/// [`RunError`]: a folder that is no finished run of a steady problem, a file that does not fit it, an `output` that exists or
/// cannot be written.
pub fn predict(run: &Path, input: &Path, output: &Path, batch: usize, device: &Device) -> Result<Prediction> {
    if output.exists() {
        return Err(RunError::content(output, "exists already; choose another name"));
    }
    let trained = TrainedRun::open(run, device)?;
    let card = &trained.card.data;
    let dataset = Arc::new(Dataset::open(input, Split::Test)?);
    check(&trained, &dataset)?;
    // The inputs stand in for the targets too, which the file need not have.
    let task = Task { targets: card.inputs.clone(), ..card.task() };
    let view = View::new(dataset.clone(), &task, 0)?;
    trained.normalisers.input.check(view.in_channels(), dataset.points())?;
    trained.normalisers.target.check(trained.card.model.out_channels, dataset.points())?;
    let schema = schema(&trained, &dataset)?;
    let options = WriteOptions::default();
    let mut writer =
        ShardWriter::create(output, &schema, &provenance(&trained, input)?, view.len(), options)?;
    let all: Vec<usize> = (0..view.len()).collect();
    for indices in all.chunks(batch.max(1)) {
        let batch = view.batch(indices)?;
        let predicted = apply(&trained, &batch, device)?;
        let (n_in, n_out) = (batch.input.len() / batch.batch, predicted.len() / batch.batch);
        for (b, &index) in indices.iter().enumerate() {
            let inputs = &batch.input[b * n_in..][..n_in];
            let outputs = &predicted[b * n_out..][..n_out];
            let fields = split(&schema, dataset.points(), inputs, outputs);
            writer.push(&Sample { fields, scalars: Vec::new() }, 0, index as u64)?;
        }
    }
    let path = writer.finish()?;
    Ok(Prediction { path, samples: view.len(), size: dataset.size().to_vec(), fields: card.targets.clone() })
}

fn check(trained: &TrainedRun, dataset: &Dataset) -> Result<()> {
    let card = &trained.card.data;
    let fit = |what, expected: String, found: String| RunError::Fit {
        data: dataset.path().to_path_buf(),
        run: trained.folder.clone(),
        what,
        expected,
        found,
    };
    if card.n_steps_input != 0 || card.n_steps_output != 1 {
        let message = "prediction to a file is for steady problems; this run maps time steps to time steps";
        return Err(RunError::content(&trained.folder, message));
    }
    let constant = |name: &String| {
        let found = dataset.fields().iter().find(|f| f.name == *name);
        found.is_some_and(|f| f.kind == FieldKind::Constant)
    };
    if !card.inputs.iter().all(constant) {
        let found: Vec<_> = dataset.fields().iter().map(|f| (f.name.as_str(), f.kind)).collect();
        return Err(fit(
            "the constant fields",
            format!("{:?} among others", card.inputs),
            format!("{found:?}"),
        ));
    }
    if dataset.size().len() != card.size.len() {
        let expected = format!("one of {} axes", card.size.len());
        return Err(fit("the grid", expected, format!("{:?}", dataset.size())));
    }
    Ok(trained.card.model.config.check_size(dataset.size())?)
}

/// Physical targets `[batch, out_channels, points]`.
fn apply(trained: &TrainedRun, batch: &sobolev_datasets::Batch, device: &Device) -> Result<Vec<f32>> {
    let mut input = batch.input.clone();
    trained.normalisers.input.encode(&mut input, batch.batch);
    let dtype = match trained.card.train.precision {
        Precision::F32 => DType::F32,
        Precision::F64 => DType::F64,
    };
    let points: usize = batch.size.iter().product();
    let data = TensorData::new(input, [batch.batch, batch.in_channels, points]);
    let output = trained.model.forward_flat(Tensor::<3>::from_data(data, (device, dtype)), &batch.size);
    let output = output.try_into_data().map_err(|e| RunError::content(&trained.folder, format!("{e:?}")))?;
    let mut output: Vec<f32> = output.iter::<f32>().collect();
    trained.normalisers.target.decode(&mut output, batch.batch);
    Ok(output)
}

/// Channels `[channel, points]` as the schema's fields `[points, component]`: inputs first, then predicted fields.
fn split(schema: &Schema, points: usize, inputs: &[f32], outputs: &[f32]) -> Vec<Vec<f64>> {
    let d = schema.axes.len();
    let (mut from_input, mut from_output) = (inputs.chunks_exact(points), outputs.chunks_exact(points));
    let mut one = |field: &Field| {
        let components = field.rank.components(d);
        let mut values = vec![0.0; points * components];
        for c in 0..components {
            let channel = match field.kind {
                FieldKind::Constant => from_input.next(),
                FieldKind::Solution => from_output.next(),
            };
            for (p, &v) in channel.unwrap_or_default().iter().enumerate() {
                values[p * components + c] = f64::from(v);
            }
        }
        values
    };
    schema.fields.iter().map(&mut one).collect()
}

fn rank(order: usize) -> Rank {
    match order {
        0 => Rank::Scalar,
        1 => Rank::Vector,
        _ => Rank::Tensor { symmetric: false, antisymmetric: false },
    }
}

fn schema(trained: &TrainedRun, dataset: &Dataset) -> Result<Schema> {
    let info = dataset.info();
    let card = &trained.card.data;
    let mut fields = Vec::new();
    for name in &card.inputs {
        let order = dataset.fields()[dataset.field(name)?].rank;
        fields.push(Field { name: name.clone(), rank: rank(order), kind: FieldKind::Constant });
    }
    for (name, &order) in card.targets.iter().zip(&card.target_ranks) {
        fields.push(Field { name: name.clone(), rank: rank(order), kind: FieldKind::Solution });
    }
    let grid = match info.grid_type.as_str() {
        "spherical" => GridType::Spherical,
        _ => GridType::Cartesian,
    };
    Ok(Schema {
        dataset_name: info.dataset_name.clone(),
        grid,
        axes: axes(dataset, &info)?,
        time: vec![0.0],
        fields,
        boundaries: boundaries(&info),
        parameters: Vec::new(),
        scalars: Vec::new(),
    })
}

/// The axes of the first file, with its coordinates.
fn axes(dataset: &Dataset, info: &Info) -> Result<Vec<Axis>> {
    let Some(path) = dataset.files().next() else { return Ok(Vec::new()) };
    let wrong = |e: hdf5::Error| RunError::content(path, format!("coordinates of the axes: {e}"));
    let file = hdf5::File::open(path).map_err(wrong)?;
    let one = |name: &String| {
        let values =
            file.dataset(&format!("dimensions/{name}")).and_then(|d| d.read_raw::<f32>()).map_err(wrong)?;
        // The Well allows coordinates per sample; those of the first are taken.
        let n = info.size[info.axes.iter().position(|a| a == name).unwrap_or(0)];
        Ok(Axis { name: name.clone(), coordinates: values.into_iter().take(n).collect() })
    };
    info.axes.iter().map(one).collect()
}

/// Groups such as `x_wall`, back as conditions.
fn boundaries(info: &Info) -> Vec<Boundary> {
    let parse = |group: &String| {
        let (axis, kind) = group.rsplit_once('_')?;
        let kind = match kind.to_lowercase().as_str() {
            "wall" => BoundaryKind::Wall,
            "open" => BoundaryKind::Open,
            "periodic" => BoundaryKind::Periodic,
            _ => return None,
        };
        let axis = info.axes.iter().position(|a| a == axis)?;
        Some(Boundary { axis, kind, condition: String::new() })
    };
    info.boundary_conditions.iter().filter_map(parse).collect()
}

fn provenance(trained: &TrainedRun, input: &Path) -> Result<Provenance> {
    let config = serde_json::json!({ "run": trained.folder, "input": input, "model": trained.card.model });
    Ok(Provenance {
        generator: "sobolev predict".into(),
        generator_version: env!("CARGO_PKG_VERSION").into(),
        pde: trained.card.data.name.clone(),
        solver: format!("neural operator: {}", trained.card.model.config),
        seed: 0,
        config_json: serde_json::to_string(&config).map_err(|e| RunError::content(&trained.folder, e))?,
        card: Card {
            description: format!(
                "Predictions of {:?} by a trained neural operator",
                trained.card.data.targets
            ),
            ..Card::default()
        },
    })
}
