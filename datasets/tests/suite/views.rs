//! Windows: every channel of every sample against the formula behind the file.

use std::sync::Arc;

use hdf5::File;
use sobolev_datasets::{Dataset, GenerateConfig, Split, Task, View};

use crate::problems::{GRID, Moving, STEPS, Steady, make, moving_value, open, writing};

/// Components of density, velocity, stress, mask.
const COMPONENTS: [usize; 4] = [1, 2, 4, 1];

fn moving() -> (tempfile::TempDir, Arc<Dataset>) {
    let dir = tempfile::tempdir().unwrap();
    let mut config = GenerateConfig::new(dir.path(), "set", [5, 0, 0], 0);
    config.shard_size = Some(3);
    make(&Moving, &config).unwrap();
    let set = Arc::new(open(dir.path(), Split::Train));
    (dir, set)
}

/// Channels of the given fields at the given steps, then of the constant field if asked for.
fn expected(index: u64, fields: &[usize], steps: &[usize], mask: bool) -> Vec<f32> {
    let mut data = vec![];
    let points = GRID[0] * GRID[1];
    let mut frame = |f: usize, t: usize| {
        for c in 0..COMPONENTS[f] {
            data.extend((0..points).map(|p| moving_value(f, index, t, p, c) as f32));
        }
    };
    for &t in steps {
        fields.iter().for_each(|&f| frame(f, t));
    }
    if mask {
        frame(3, 0);
    }
    data
}

#[test]
fn windows_hold_the_right_frames_in_the_right_channels() {
    let (_dir, set) = moving();
    for (n_in, n_out, stride, cache) in
        [(1, 1, 1, 0), (2, 3, 1, 0), (2, 1, 2, 0), (2, 3, 1, 64), (2, 1, 2, 64), (0, 1, 1, 0)]
    {
        let task = Task { stride, ..Task::windows(&set, n_in, n_out) };
        let view = View::new(set.clone(), &task, cache).unwrap();
        // As The Well's reader counts them.
        let windows = STEPS - stride * (n_in + n_out - 1);
        assert_eq!(view.len(), 5 * windows);
        assert_eq!((view.in_channels(), view.out_channels()), (7 * n_in + 1, 7 * n_out));
        let order: Vec<usize> = (0..view.len()).rev().chain([0, 0]).collect();
        let batch = view.batch(&order).unwrap();
        assert_eq!((batch.batch, batch.size.as_slice()), (order.len(), GRID.as_slice()));
        let points = GRID[0] * GRID[1];
        for (b, &i) in order.iter().enumerate() {
            let (index, start) = ((i / windows) as u64, i % windows);
            let steps: Vec<usize> = (0..n_in + n_out).map(|k| start + k * stride).collect();
            let input = &batch.input[b * view.in_channels() * points..][..view.in_channels() * points];
            let target = &batch.target[b * view.out_channels() * points..][..view.out_channels() * points];
            assert_eq!(input, expected(index, &[0, 1, 2], &steps[..n_in], true), "input {i}");
            assert_eq!(target, expected(index, &[0, 1, 2], &steps[n_in..], false), "target {i}");
        }
    }
}

#[test]
fn any_field_can_be_input_or_target() {
    let (_dir, set) = moving();
    let task = Task {
        inputs: vec!["velocity".into()],
        targets: vec!["mask".into(), "density".into()],
        n_steps_input: 1,
        n_steps_output: 1,
        stride: 1,
    };
    let view = View::new(set, &task, 0).unwrap();
    let batch = view.batch(&[7]).unwrap();
    assert_eq!(batch.input, expected(1, &[1], &[1], false));
    assert_eq!(batch.target, expected(1, &[0], &[2], true));
}

#[test]
fn steady_pairs_are_the_stored_fields() {
    let dir = tempfile::tempdir().unwrap();
    make(&Steady::new(9), &GenerateConfig::new(dir.path(), "set", [0, 0, 6], 4)).unwrap();
    let set = Arc::new(open(dir.path(), Split::Test));
    let view = View::new(set.clone(), &Task::steady(&set), 0).unwrap();
    let batch = view.batch(&[2, 3, 4, 0]).unwrap();
    let file = File::open(dir.path().join("data/test/set_00000.hdf5")).unwrap();
    for (name, data) in [("coefficient", &batch.input), ("solution", &batch.target)] {
        let stored = file.dataset(&format!("t0_fields/{name}")).unwrap().read_raw::<f32>().unwrap();
        let want: Vec<f32> =
            [2, 3, 4, 0].iter().flat_map(|i| stored[i * 90..(i + 1) * 90].to_vec()).collect();
        assert_eq!(*data, want);
    }
}

#[test]
fn a_file_and_a_plain_folder_open_too() {
    let (dir, set) = moving();
    let folder = dir.path().join("data/train");
    assert_eq!(open(&folder, Split::Test).n_trajectories(), 5);
    let one = open(&folder.join("set_00001.hdf5"), Split::Test);
    assert_eq!(one.n_trajectories(), 2);
    let info = set.info();
    assert_eq!((info.files, info.trajectories, info.steps, info.split), (2, 5, STEPS, Some(Split::Train)));
    assert_eq!(info.boundary_conditions, ["x_open", "y_periodic"]);
    assert_eq!(info.parameters, ["viscosity"]);
    let json = serde_json::to_value(&info).unwrap();
    assert_eq!(json["fields"][0]["kind"], "solution");
    assert!(info.provenance.iter().any(|(k, v)| k == "pde" && v == "moving"), "{:?}", info.provenance);
}

/// The Well allows fields that leave out the sample axis or a space axis, and f64 numbers.
#[test]
fn missing_axes_are_filled_by_repetition() {
    let (dir, _) = moving();
    let path = dir.path().join("data/train/set_00001.hdf5");
    let guard = writing();
    let file = File::open_rw(&path).unwrap();
    file.unlink("t0_fields/mask").unwrap();
    let row: Vec<f64> = (0..GRID[1]).map(|i| 0.5 + i as f64).collect();
    let mask = file.new_dataset::<f64>().shape(GRID[1]).create("t0_fields/mask").unwrap();
    mask.write_raw(&row).unwrap();
    for name in ["sample_varying", "time_varying"] {
        mask.new_attr::<bool>().create(name).unwrap().write_scalar(&false).unwrap();
    }
    mask.new_attr::<bool>().shape(2).create("dim_varying").unwrap().write(&[false, true]).unwrap();
    drop((mask, file));
    drop(guard);
    let set = Arc::new(open(&path, Split::Train));
    for cache in [0, 16] {
        let task = Task { inputs: vec!["mask".into()], ..Task::windows(&set, 1, 1) };
        let batch = View::new(set.clone(), &task, cache).unwrap().batch(&[0, 7]).unwrap();
        let want: Vec<f32> = (0..2 * GRID[0]).flat_map(|_| row.iter().map(|&v| v as f32)).collect();
        assert_eq!(batch.input, want);
    }
}
