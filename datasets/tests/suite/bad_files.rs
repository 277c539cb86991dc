//! Files that must be refused, each with one line that says which file, what, and what was expected.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use hdf5::File;
use sobolev_datasets::{Dataset, Error, GenerateConfig, Loader, LoaderConfig, Split, Task, View, finalize};

use crate::problems::{Moving, Steady, make, writing};

fn set(n: usize) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let mut config = GenerateConfig::new(dir.path(), "set", [4, 0, 0], 1);
    config.shard_size = Some(2);
    make(&Steady::new(n), &config).unwrap();
    let second = dir.path().join("data/train/set_00001.hdf5");
    (dir, second)
}

/// Opens the set, which must fail with one line that holds all of `parts`.
fn refused(dir: &Path, parts: &[&str]) {
    let error = Dataset::open(dir, Split::Train).unwrap_err();
    let text = error.to_string();
    assert!(!text.contains('\n') && parts.iter().all(|p| text.contains(p)), "{text}\nexpected {parts:?}");
}

#[test]
fn missing() {
    let dir = tempfile::tempdir().unwrap();
    let open = |path: &Path, split| Dataset::open(path, split).unwrap_err();
    assert!(matches!(open(&dir.path().join("none"), Split::Train), Error::Missing { .. }));
    assert!(matches!(open(dir.path(), Split::Train), Error::Missing { .. }), "an empty folder");
    std::fs::write(dir.path().join("a.hdf5.partial"), b"x").unwrap();
    assert!(open(dir.path(), Split::Train).to_string().contains(".partial"));
    let (dir, _) = set(5);
    let error = open(dir.path(), Split::Valid);
    assert!(error.to_string().contains("data/valid"), "{error}");
}

#[test]
fn truncated_and_foreign() {
    let (dir, file) = set(5);
    let whole = std::fs::read(&file).unwrap();
    for keep in [0, 7, 100, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&file, &whole[..keep]).unwrap();
        refused(dir.path(), &["set_00001.hdf5", "complete HDF5 file"]);
        assert!(finalize(dir.path()).is_err());
    }
    std::fs::write(&file, b"a,b,c\n1,2,3\n").unwrap();
    refused(dir.path(), &["set_00001.hdf5", "complete HDF5 file"]);
    std::fs::remove_file(&file).unwrap();
    let guard = writing();
    File::create(&file).unwrap().new_dataset::<f32>().shape(3).create("tensor").unwrap();
    drop(guard);
    refused(dir.path(), &["set_00001.hdf5", "attribute 'dataset_name' of root"]);
}

#[test]
fn unlike_its_neighbours() {
    let (dir, file) = set(5);
    let (_other, larger) = set(6);
    std::fs::copy(&larger, &file).unwrap();
    refused(dir.path(), &["set_00001.hdf5", "grid", "[5, 6]", "[6, 7]"]);
    let moving = tempfile::tempdir().unwrap();
    make(&Moving, &GenerateConfig::new(moving.path(), "set", [1, 0, 0], 0)).unwrap();
    std::fs::copy(moving.path().join("data/train/set_00000.hdf5"), &file).unwrap();
    refused(dir.path(), &["set_00001.hdf5", "grid"]);
    let named = tempfile::tempdir().unwrap();
    make(&Steady::new(5), &GenerateConfig::new(named.path(), "other", [1, 0, 0], 0)).unwrap();
    std::fs::copy(named.path().join("data/train/other_00000.hdf5"), &file).unwrap();
    refused(
        dir.path(),
        &["set_00001.hdf5", "dataset_name", "\"set\"", "\"other\""].map(|s| s.trim_matches('"')),
    );
}

#[test]
fn damaged_inside() {
    let edit = |change: &dyn Fn(&File), parts: &[&str]| {
        let (dir, file) = set(5);
        let guard = writing();
        change(&File::open_rw(&file).unwrap());
        drop(guard);
        refused(dir.path(), parts);
    };
    edit(&|f| f.unlink("t0_fields/solution").unwrap(), &["set_00001.hdf5", "field 'solution'", "none"]);
    edit(&|f| f.unlink("t2_fields").unwrap(), &["group '/t2_fields'"]);
    edit(&|f| f.unlink("dimensions/x").unwrap(), &["'dimensions/x'"]);
    edit(&|f| f.delete_attr("n_trajectories").unwrap(), &["'n_trajectories'", "integer"]);
    edit(
        &|f| {
            f.delete_attr("n_trajectories").unwrap();
            f.new_attr::<i64>().create("n_trajectories").unwrap().write_scalar(&-3).unwrap();
        },
        &["'n_trajectories'", "-3"],
    );
    edit(
        &|f| {
            f.delete_attr("dataset_name").unwrap();
            f.new_attr::<f32>().create("dataset_name").unwrap().write_scalar(&1.0).unwrap();
        },
        &["'dataset_name'", "a string"],
    );
    edit(
        &|f| {
            f.unlink("t0_fields/coefficient").unwrap();
            let new = f.new_dataset::<f32>().shape((2, 5, 5)).create("t0_fields/coefficient").unwrap();
            for name in ["sample_varying", "time_varying"] {
                new.new_attr::<bool>()
                    .create(name)
                    .unwrap()
                    .write_scalar(&(name == "sample_varying"))
                    .unwrap();
            }
            new.new_attr::<bool>().shape(2).create("dim_varying").unwrap().write(&[true, true]).unwrap();
        },
        &["'coefficient'", "[2, 5, 6]", "[2, 5, 5]"],
    );
}

#[test]
fn nan_in_a_file_names_field_and_sample_through_the_loader() {
    for (cache, value) in [(0, f32::NAN), (64, f32::NEG_INFINITY)] {
        let (dir, file) = set(5);
        let guard = writing();
        let field = File::open_rw(&file).unwrap().dataset("t0_fields/solution").unwrap();
        let mut data = field.read_raw::<f32>().unwrap();
        data[30 + 4] = value;
        field.as_writer().write_raw(&data).unwrap();
        drop(field);
        drop(guard);
        let dataset = Arc::new(Dataset::open(dir.path(), Split::Train).unwrap());
        let task = Task::steady(&dataset);
        let view = Arc::new(View::new(dataset, &task, cache).unwrap());
        let loader = Loader::new(view, LoaderConfig::ordered(2)).unwrap();
        let items: Vec<_> = loader.epoch(0, 0).unwrap().collect();
        assert_eq!(items.len(), 2, "one good batch, then the error, then the end");
        assert!(items[0].is_ok());
        let error = items[1].as_ref().unwrap_err();
        let Error::NotFinite { path, field, sample: 1, .. } = error else { panic!("{error}") };
        assert!(path.ends_with("set_00001.hdf5") && field == "solution");
        assert!(matches!(finalize(dir.path()), Err(Error::Damaged { .. })), "the manifest knows other bytes");
        std::fs::remove_dir_all(dir.path().join("manifest")).unwrap();
        assert!(matches!(finalize(dir.path()), Err(Error::NotFinite { .. })));
    }
}

#[test]
fn tasks_that_do_not_fit() {
    let (dir, _) = set(5);
    let dataset = Arc::new(Dataset::open(dir.path(), Split::Train).unwrap());
    let steady = Task::steady(&dataset);
    let refused = |task: &Task, part: &str| {
        let error = View::new(dataset.clone(), task, 0).unwrap_err();
        assert!(matches!(error, Error::Config { .. }) && error.to_string().contains(part), "{error}");
    };
    refused(&Task { inputs: vec!["permeability".into()], ..steady.clone() }, "coefficient");
    refused(&Task { targets: vec![], ..steady.clone() }, "target");
    refused(&Task { stride: 0, ..steady.clone() }, "stride");
    refused(&Task::windows(&dataset, 1, 1), "at least 2");
    let view = Arc::new(View::new(dataset, &steady, 0).unwrap());
    assert!(matches!(view.batch(&[4]).unwrap_err(), Error::Config { .. }));
    let config = LoaderConfig { batch: 5, drop_last: true, ..LoaderConfig::ordered(5) };
    assert!(Loader::new(view.clone(), config).is_err());
    assert!(Loader::new(view, LoaderConfig::ordered(0)).is_err());
}
