//! The files follow The Well layout to the letter.

use hdf5::types::{TypeDescriptor, VarLenUnicode};
use hdf5::{File, Location};
use sobolev_datasets::{GenerateConfig, ShardWriter};

use crate::problems::{GRID, Moving, STEPS, Steady, make, moving_value, writing};

fn text(at: &Location, name: &str) -> String {
    let attribute = at.attr(name).unwrap();
    assert_eq!(attribute.dtype().unwrap().to_descriptor().unwrap(), TypeDescriptor::VarLenUnicode, "{name}");
    attribute.read_scalar::<VarLenUnicode>().unwrap().as_str().to_string()
}

fn texts(at: &Location, name: &str) -> Vec<String> {
    let attribute = at.attr(name).unwrap();
    assert_eq!(attribute.dtype().unwrap().to_descriptor().unwrap(), TypeDescriptor::VarLenUnicode, "{name}");
    assert_eq!(attribute.ndim(), 1);
    attribute.read_raw::<VarLenUnicode>().unwrap().iter().map(|s| s.as_str().to_string()).collect()
}

fn flag(at: &Location, name: &str) -> bool {
    let attribute = at.attr(name).unwrap();
    assert_eq!(attribute.dtype().unwrap().to_descriptor().unwrap(), TypeDescriptor::Boolean, "{name}");
    attribute.read_scalar::<bool>().unwrap()
}

fn varying(at: &Location) -> (bool, bool) {
    (flag(at, "sample_varying"), flag(at, "time_varying"))
}

#[test]
fn groups_attributes_and_shapes() {
    let dir = tempfile::tempdir().unwrap();
    make(&Moving, &GenerateConfig::new(dir.path(), "set", [3, 0, 0], 7)).unwrap();
    let file = File::open(dir.path().join("data/train/set_00000.hdf5")).unwrap();

    assert_eq!(text(&file, "dataset_name"), "set");
    assert_eq!(text(&file, "grid_type"), "cartesian");
    assert_eq!(file.attr("n_spatial_dims").unwrap().read_scalar::<i64>().unwrap(), 2);
    assert_eq!(file.attr("n_trajectories").unwrap().read_scalar::<i64>().unwrap(), 3);
    assert_eq!(texts(&file, "simulation_parameters"), ["viscosity"]);
    assert_eq!(file.attr("viscosity").unwrap().read_scalar::<f64>().unwrap(), 1e-3);
    assert_eq!(file.attr("seed").unwrap().read_scalar::<i64>().unwrap(), 7);
    for name in ["generator", "generator_version", "pde", "solver", "config_json", "precision_internal"] {
        assert!(!text(&file, name).is_empty(), "{name}");
    }
    assert_eq!(file.attr("schema_version").unwrap().read_scalar::<i64>().unwrap(), 1);

    let dimensions = file.group("dimensions").unwrap();
    assert_eq!(texts(&dimensions, "spatial_dims"), ["y", "x"]);
    let time = dimensions.dataset("time").unwrap();
    assert_eq!((time.shape(), varying(&time)), (vec![STEPS], (false, true)));
    let y = dimensions.dataset("y").unwrap();
    assert_eq!((y.shape(), varying(&y)), (vec![GRID[0]], (false, false)));

    let open = file.group("boundary_conditions/x_open").unwrap();
    assert_eq!((text(&open, "bc_type").as_str(), varying(&open)), ("OPEN", (false, false)));
    assert_eq!(
        (texts(&open, "associated_dims"), texts(&open, "associated_fields")),
        (vec!["x".into()], vec![])
    );
    assert_eq!(open.dataset("mask").unwrap().read_raw::<bool>().unwrap(), [true, false, false, false, true]);
    assert_eq!(text(&file.group("boundary_conditions/y_periodic").unwrap(), "bc_type"), "PERIODIC");

    let scalars = file.group("scalars").unwrap();
    assert_eq!(texts(&scalars, "field_names"), ["viscosity", "speed"]);
    let speed = scalars.dataset("speed").unwrap();
    assert_eq!((speed.read_raw::<f32>().unwrap(), varying(&speed)), (vec![0.0, 1.0, 2.0], (true, false)));
    let viscosity = scalars.dataset("viscosity").unwrap();
    assert_eq!((viscosity.shape(), varying(&viscosity)), (vec![], (false, false)));

    let [ny, nx] = GRID;
    let expected: [(&str, &[usize], bool); 4] = [
        ("t0_fields/density", &[3, STEPS, ny, nx], true),
        ("t0_fields/mask", &[3, ny, nx], false),
        ("t1_fields/velocity", &[3, STEPS, ny, nx, 2], true),
        ("t2_fields/stress", &[3, STEPS, ny, nx, 2, 2], true),
    ];
    for (name, shape, time_varying) in expected {
        let field = file.dataset(name).unwrap();
        assert_eq!((field.shape().as_slice(), varying(&field)), (shape, (true, time_varying)), "{name}");
        assert_eq!(field.dtype().unwrap().size(), 4);
        assert_eq!(field.attr("dim_varying").unwrap().read_raw::<bool>().unwrap(), [true, true]);
        assert_eq!(field.chunk().unwrap()[0], 1, "a chunk spans one sample");
    }
    assert_eq!(texts(&file.group("t0_fields").unwrap(), "field_names"), ["density", "mask"]);
    let stress = file.dataset("t2_fields/stress").unwrap();
    assert!(!flag(&stress, "symmetric") && !flag(&stress, "antisymmetric"));
    let stored = stress.read_raw::<f32>().unwrap();
    let (step, point) = (4, 2 * nx + 3);
    let at = ((STEPS + step) * ny * nx + point) * 4;
    let want: Vec<f32> = (0..4).map(|c| moving_value(2, 1, step, point, c) as f32).collect();
    assert_eq!(stored[at..at + 4], want[..]);

    let index = file.dataset("provenance/index").unwrap().read_raw::<i64>().unwrap();
    let seed = file.dataset("provenance/seed").unwrap().read_raw::<i64>().unwrap();
    assert_eq!((index, seed), (vec![0, 1, 2], vec![7; 3]));
}

#[test]
fn empty_lists_are_string_arrays_and_groups_exist() {
    let dir = tempfile::tempdir().unwrap();
    make(&Steady::new(5), &GenerateConfig::new(dir.path(), "s", [1, 0, 0], 0)).unwrap();
    let file = File::open(dir.path().join("data/train/s_00000.hdf5")).unwrap();
    assert!(texts(&file, "simulation_parameters").is_empty());
    for group in ["t1_fields", "t2_fields", "scalars"] {
        assert!(texts(&file.group(group).unwrap(), "field_names").is_empty());
    }
    assert_eq!(file.dataset("t0_fields/solution").unwrap().shape(), [1, 1, 5, 6]);
}

#[test]
fn chunks_are_frames_of_a_sensible_size() {
    // (grid, steps) -> chunk of a solution field.
    for (n, steps, want) in [
        (128, 50, [1, 1, 128, 128]),
        (64, 50, [1, 16, 64, 64]),
        (256, 50, [1, 1, 256, 256]),
        (8, 50, [1, 50, 8, 8]),
    ] {
        assert_eq!(chunk_of(n, steps), want, "{n} {steps}");
    }
    let cut = chunk_of(1536, 2);
    let bytes = 4 * cut.iter().product::<usize>();
    assert!(cut[..2] == [1, 1] && (1 << 20..=4 << 20).contains(&bytes), "{cut:?}");
}

fn chunk_of(n: usize, steps: usize) -> Vec<usize> {
    use sobolev_datasets::{
        Axis, Field, FieldKind, GridType, Problem as _, Provenance, Schema, WriteOptions,
    };
    let _guard = writing();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("c.hdf5");
    let schema = Schema {
        dataset_name: "c".into(),
        grid: GridType::Cartesian,
        axes: vec![Axis::uniform("y", n, 0.0, 1.0), Axis::uniform("x", n, 0.0, 1.0)],
        time: vec![0.0; steps],
        fields: vec![Field::scalar("u", FieldKind::Solution)],
        boundaries: vec![],
        parameters: vec![],
        scalars: vec![],
    };
    let provenance = Provenance {
        generator: "test".into(),
        generator_version: "1".into(),
        pde: "none".into(),
        solver: "none".into(),
        seed: 0,
        config_json: "{}".into(),
        card: Steady::new(4).card(),
    };
    let mut writer = ShardWriter::create(&path, &schema, &provenance, 1, WriteOptions::default()).unwrap();
    let sample = sobolev_datasets::Sample { fields: vec![vec![1.0; n * n * steps]], scalars: vec![] };
    writer.push(&sample, 0, 0).unwrap();
    assert!(!path.exists() && dir.path().join("c.hdf5.partial").exists());
    writer.finish().unwrap();
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "no partial and no lock file is left");
    File::open(path).unwrap().dataset("t0_fields/u").unwrap().chunk().unwrap()
}
