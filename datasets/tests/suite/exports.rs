//! Other programs' layouts: every number in its place, read back with the HDF5 library alone.

use std::path::Path;

use hdf5::File;
use sobolev_datasets::{
    Card, Error, ExportLayout, ExportOptions, Field, FieldKind, GenerateConfig, Problem, Result, Sample,
    Schema, Split, export,
};

use crate::problems::{Moving, Steady, contents, make, writing};

const NY: usize = 4;
const NX: usize = 3;
const STEPS: usize = 5;

/// Trajectories on a periodic box; the number stored is a formula of everything.
struct Drift {
    fields: Vec<Field>,
}

fn drift(index: u64, field: usize, step: usize, y: usize, x: usize, c: usize) -> f32 {
    (index * 10_000) as f32 + (field * 1000 + step * 100 + y * 20 + x * 3 + c) as f32
}

impl Problem for Drift {
    fn name(&self) -> &str {
        "drift"
    }
    fn schema(&self) -> Schema {
        let time = (0..STEPS).map(|i| 0.5 * i as f32).collect();
        let mut schema = Schema::periodic(&[("y", 0.0, 1.0), ("x", 0.0, 2.0)], NX, time, self.fields.clone());
        schema.axes[0] = sobolev_datasets::Axis::periodic("y", NY, 0.0, 1.0);
        schema.parameters = vec![("viscosity".into(), 1e-3)];
        schema
    }
    fn config(&self) -> serde_json::Value {
        serde_json::json!({ "forcing": 2.5, "word": "w" })
    }
    fn solver(&self) -> String {
        "formula".into()
    }
    fn card(&self) -> Card {
        Card::default()
    }
    fn sample(&self, _: u64, index: u64) -> Result<Sample> {
        let mut fields = vec![];
        for (f, field) in self.fields.iter().enumerate() {
            let (steps, n) =
                (if field.kind == FieldKind::Solution { STEPS } else { 1 }, field.rank.components(2));
            let mut data = vec![];
            for t in 0..steps {
                for y in 0..NY {
                    for x in 0..NX {
                        data.extend((0..n).map(|c| f64::from(drift(index, f, t, y, x, c))));
                    }
                }
            }
            fields.push(data);
        }
        Ok(Sample { fields, scalars: vec![] })
    }
}

fn scalar_only() -> Drift {
    Drift { fields: vec![Field::scalar("u", FieldKind::Solution)] }
}

fn many() -> Drift {
    let s = FieldKind::Solution;
    Drift {
        fields: vec![
            Field::scalar("height", s),
            Field::vector("velocity", s),
            Field::scalar("depth", FieldKind::Constant),
        ],
    }
}

fn set(problem: &dyn Problem) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let mut config = GenerateConfig::new(dir.path().join("set"), "set", [5, 1, 2], 3);
    config.shard_size = Some(2);
    make(problem, &config).unwrap();
    dir
}

fn run(dir: &Path, layout: ExportLayout, split: Option<Split>) -> Result<File> {
    let _guard = writing();
    let out = dir.join("out.hdf5");
    let _ = std::fs::remove_file(&out);
    let done = export(&dir.join("set"), &out, &ExportOptions { layout, split })?;
    let file = File::open(&out).unwrap();
    for (name, shape) in &done.datasets {
        assert_eq!(&file.dataset(name).unwrap().shape(), shape);
        assert_eq!(done.samples, shape[0]);
    }
    Ok(file)
}

fn read(file: &File, name: &str) -> (Vec<usize>, Vec<f32>) {
    let d = file.dataset(name).unwrap();
    (d.shape(), d.read_raw().unwrap())
}

/// Test, validation, training: the order of a file with all splits.
const ORDER: [u64; 8] = [6, 7, 5, 0, 1, 2, 3, 4];

#[test]
fn pdebench_has_a_tensor_with_x_before_y() {
    let dir = set(&scalar_only());
    let file = run(dir.path(), ExportLayout::PdeBench, None).unwrap();
    let (shape, values) = read(&file, "tensor");
    assert_eq!(shape, [8, STEPS, NX, NY]);
    let mut all = values.iter();
    for index in ORDER {
        for t in 0..STEPS {
            for x in 0..NX {
                for y in 0..NY {
                    assert_eq!(*all.next().unwrap(), drift(index, 0, t, y, x, 0));
                }
            }
        }
    }
    assert_eq!(read(&file, "x-coordinate").1, [0.0, 2.0 / 3.0, 4.0 / 3.0]);
    assert_eq!(read(&file, "y-coordinate").1, [0.0, 0.25, 0.5, 0.75]);
    assert_eq!(read(&file, "t-coordinate").1, [0.0, 0.5, 1.0, 1.5, 2.0, 2.5]);
    let number = |name: &str| file.attr(name).unwrap().read_scalar::<f64>().unwrap();
    assert_eq!([number("Nu"), number("viscosity"), number("beta")], [1e-3, 1e-3, 2.5]);
    let test = run(dir.path(), ExportLayout::PdeBench, Some(Split::Test)).unwrap();
    assert_eq!(read(&test, "tensor").1, values[..2 * STEPS * NX * NY]);
}

#[test]
fn pdebench_has_a_data_set_for_each_of_several_components() {
    let dir = set(&many());
    let file = run(dir.path(), ExportLayout::PdeBench, Some(Split::Valid)).unwrap();
    assert!(file.dataset("tensor").is_err());
    for (name, field, component) in [("height", 0, 0), ("velocity_y", 1, 0), ("velocity_x", 1, 1)] {
        let (shape, values) = read(&file, name);
        assert_eq!(shape, [1, STEPS, NX, NY], "{name}");
        assert_eq!(values[NY + 2], drift(5, field, 0, 2, 1, component), "{name}");
    }
    assert_eq!(read(&file, "depth").0, [1, NX, NY]);
}

#[test]
fn pdebench_darcy_has_nu() {
    let dir = set(&Steady::new(4));
    let file = run(dir.path(), ExportLayout::PdeBench, Some(Split::Train)).unwrap();
    assert_eq!((read(&file, "tensor").0, read(&file, "nu").0), (vec![5, 1, 5, 4], vec![5, 5, 4]));
    let sample = Steady::new(4).sample(3, 2).unwrap();
    let (nu, u) = (read(&file, "nu").1, read(&file, "tensor").1);
    // Sample 2 at y = 1, x = 3.
    let (ours, theirs) = (5 + 3, 2 * 20 + 3 * 4 + 1);
    assert_eq!((nu[theirs], u[theirs]), (sample.fields[0][ours] as f32, sample.fields[1][ours] as f32));
    assert!(file.dataset("t-coordinate").is_err());
}

#[test]
fn xy_is_plain() {
    let dir = set(&Steady::new(4));
    let file = run(dir.path(), ExportLayout::Xy { input_steps: 1 }, Some(Split::Train)).unwrap();
    let sample = Steady::new(4).sample(3, 1).unwrap();
    for (name, field) in [("x", 0), ("y", 1)] {
        let (shape, values) = read(&file, name);
        assert_eq!(shape, [5, 4, 5]);
        let rounded: Vec<f32> = sample.fields[field].iter().map(|&v| v as f32).collect();
        assert_eq!(values[20..40], rounded);
    }

    let dir = set(&many());
    let file = run(dir.path(), ExportLayout::Xy { input_steps: 2 }, Some(Split::Test)).unwrap();
    let ((x_shape, x), (y_shape, y)) = (read(&file, "x"), read(&file, "y"));
    // Two steps of three channels and the constant field; three steps of three channels.
    assert_eq!((x_shape, y_shape), (vec![2, 7, NY, NX], vec![2, 9, NY, NX]));
    let at = |values: &[f32], channels: usize, sample: usize, channel: usize| {
        values[(sample * channels + channel) * NY * NX + 2 * NX + 1]
    };
    assert_eq!(at(&x, 7, 1, 5), drift(7, 1, 1, 2, 1, 1), "step 1, velocity_x");
    assert_eq!(at(&x, 7, 1, 6), drift(7, 2, 0, 2, 1, 0), "depth");
    assert_eq!(at(&y, 9, 0, 3), drift(6, 0, 3, 2, 1, 0), "step 3, height");
}

#[test]
fn what_cannot_be_exported_is_refused_and_leaves_nothing() {
    let dir = set(&many());
    let names = || {
        contents(dir.path()).into_iter().map(|f| f.0).filter(|n| !n.starts_with("set/")).collect::<Vec<_>>()
    };
    for input_steps in [0, STEPS] {
        let error = run(dir.path(), ExportLayout::Xy { input_steps }, None).err().unwrap();
        assert!(matches!(&error, Error::Config { .. }) && error.to_string().contains("1 to 4"), "{error}");
        assert!(names().is_empty(), "{:?}", names());
    }
    let options = ExportOptions { layout: ExportLayout::PdeBench, split: None };
    std::fs::write(dir.path().join("taken.hdf5"), "x").unwrap();
    let error = export(&dir.path().join("set"), &dir.path().join("taken.hdf5"), &options).unwrap_err();
    assert!(error.to_string().contains("taken.hdf5"), "{error}");
    let error = export(&dir.path().join("nothing"), &dir.path().join("out.hdf5"), &options).unwrap_err();
    assert!(matches!(error, Error::Missing { .. }), "{error}");
    let error = export(&dir.path().join("set"), &dir.path().join("no/such/out.hdf5"), &options).unwrap_err();
    assert!(matches!(error, Error::Io { .. }), "{error}");
    let tensors = set(&Moving);
    let error = run(tensors.path(), ExportLayout::PdeBench, None).err().unwrap();
    assert!(matches!(&error, Error::Config { .. }) && error.to_string().contains("rank up to 2"), "{error}");
}
