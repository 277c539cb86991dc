//! Configurations, files, sizes.

use sobolev_operators::multigrid::{Coordinates, Extension, LowPass, PerAxis};
use sobolev_operators::{Error, FnoConfig, ModelConfig, MultigridConfig, Operator, weights};

use super::super::support::{flatten, plain};

const FILE: &str = r#"
    model = "multigrid"
    levels = 2
    padding = [0.05, 0]
    extension = ["periodic", "reflect"]
    low_pass = "full_weighting"
    coordinates = "local"
    patches_per_pass = 8
    [inner]
    model = "tfno"
    n_modes = [8, 8]
    hidden_channels = 16
    [inner.weights]
    factorization = "tucker"
    rank = 0.05
    joint = true
"#;

#[test]
fn files_are_read_and_written() {
    let config = ModelConfig::from_toml(FILE).unwrap();
    let ModelConfig::Multigrid(multigrid) = &config else { panic!("{config:?}") };
    assert_eq!(multigrid.padding, PerAxis::Each(vec![0.05, 0.0]));
    assert_eq!(multigrid.extension.get(1), Extension::Reflect);
    assert_eq!((multigrid.low_pass, multigrid.coordinates), (LowPass::FullWeighting, Coordinates::Local));
    assert_eq!(ModelConfig::from_toml(&config.to_toml().unwrap()).unwrap(), config);
    let json = serde_json::to_string(&config).unwrap();
    assert_eq!(serde_json::from_str::<ModelConfig>(&json).unwrap(), config);
    assert_eq!(
        config.to_string(),
        "multigrid: 2 levels of patches, padding [0.05, 0], tfno: 2D, modes 8x8, width 16, 4 layers, \
         joint Tucker weights of rank 0.05"
    );
    assert_eq!(config.name(), "multigrid");
    assert_eq!(config.n_dim(), 2);
}

#[test]
fn mistakes_in_files_are_named() {
    for (from, to, word) in [
        ("levels = 2", "levels = 9", "`levels`"),
        ("levels = 2", "level = 2", "level"),
        ("padding = [0.05, 0]", "padding = [0.05]", "`padding`"),
        ("padding = [0.05, 0]", "padding = -0.1", "`padding`"),
        ("padding = [0.05, 0]", "padding = nan", "`padding`"),
        ("\"periodic\", \"reflect\"", "\"zero\"", "`extension`"),
        ("full_weighting", "spectral", "`low_pass`"),
        ("patches_per_pass = 8", "patches_per_pass = 0", "`patches_per_pass`"),
        ("hidden_channels = 16", "hidden_channels = 0", "`inner.hidden_channels`"),
        ("n_modes = [8, 8]", "n_modes = [8, 0]", "`inner.n_modes`"),
        ("model = \"tfno\"", "model = \"cnn\"", "cnn"),
    ] {
        assert!(FILE.contains(from), "{from}");
        let error = ModelConfig::from_toml(&FILE.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(error.contains(word), "{to}: {error}");
    }
    let inner = ModelConfig::Fno(FnoConfig::new(&[2, 2], 4));
    let config = MultigridConfig::new(1, inner);
    for (channels, field) in [([0, 1], "in_channels"), ([1, 0], "inner.out_channels")] {
        let error = config.init(channels[0], channels[1], 0, &plain()).unwrap_err();
        assert!(matches!(error, Error::Config { field: ref named, .. } if named == field), "{error}");
    }
}

#[test]
fn sizes_that_cannot_be_cut_are_named_with_those_that_can() {
    let inner = |d| ModelConfig::Fno(FnoConfig::new(&vec![2; d], 4));
    for (size, levels, words) in [
        (
            vec![16, 30],
            1,
            "grid [16, 30]: the 30 points of axis 1 cannot be cut into patches of 1 level: expected a multiple of 4, such as 28 or 32",
        ),
        (
            vec![100],
            2,
            "grid [100]: the 100 points of axis 0 cannot be cut into patches of 2 levels: expected a multiple of 16, such as 96 or 112",
        ),
        (
            vec![64, 64, 8],
            2,
            "grid [64, 64, 8]: the 8 points of axis 2 cannot be cut into patches of 2 levels: expected a multiple of 16, such as 16",
        ),
        (
            vec![16],
            3,
            "grid [16]: the 16 points of axis 0 cannot be cut into patches of 3 levels: expected a multiple of 64, such as 64",
        ),
    ] {
        let config = MultigridConfig::new(levels, inner(size.len()));
        let error = config.check_size(&size).unwrap_err();
        assert!(matches!(error, Error::Grid { .. }));
        assert_eq!(error.to_string(), words);
        let model = config.init(1, 1, 0, &plain()).unwrap();
        assert_eq!(Operator::check_size(&model, &size).unwrap_err().to_string(), words);
        // The sizes that are named can be cut.
        let offered: Vec<usize> =
            words.rsplit("such as ").next().unwrap().split(" or ").map(|n| n.parse().unwrap()).collect();
        let axis: usize = words.split("axis ").nth(1).unwrap()[..1].parse().unwrap();
        for n in offered {
            let mut size = size.clone();
            size[axis] = n;
            config.check_size(&size).unwrap();
        }
    }
    let error = MultigridConfig::new(1, inner(2)).check_size(&[8]).unwrap_err().to_string();
    assert_eq!(error, "grid [8]: expected 2 axes, as the model has");
    for levels in 0..4 {
        MultigridConfig::new(levels, inner(2)).check_size(&[64, 128]).unwrap();
    }
}

#[test]
#[should_panic(expected = "the 10 points of axis 1 cannot be cut")]
fn a_field_that_cannot_be_cut() {
    let model = MultigridConfig::new(1, ModelConfig::Fno(FnoConfig::new(&[2, 2], 4))).init(1, 1, 0, &plain());
    let _ = model.unwrap().forward_flat(super::super::support::random(0, [1, 1, 80]), &[8, 10]);
}

/// The inner operator's own coordinates are there with local ones only.
#[test]
fn channels_of_the_inner_operator() {
    for (coordinates, channels, lifted) in
        [(Coordinates::None, 6, 6), (Coordinates::Local, 6, 8), (Coordinates::Global, 8, 8)]
    {
        let inner = ModelConfig::Fno(FnoConfig::new(&[2, 2], 4).with_n_layers(1));
        let config = MultigridConfig { coordinates, ..MultigridConfig::new(2, inner.clone()) };
        let model = config.init(2, 3, 0, &plain()).unwrap();
        assert_eq!(model.inner().in_channels(), channels);
        assert_eq!((model.in_channels(), model.out_channels()), (2, 3));
        // The first parameter is the lifting's matrix, [2 width, lifted channels].
        let bare = inner.without_coordinates().init(lifted, 3, 0, &plain()).unwrap();
        assert_eq!(flatten(&model).len(), flatten(&bare).len(), "{coordinates:?}");
    }
}

#[test]
fn weight_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let config = ModelConfig::from_toml(FILE).unwrap();
    for coordinates in [Coordinates::Local, Coordinates::Global] {
        let ModelConfig::Multigrid(multigrid) = config.clone() else { unreachable!() };
        let config = ModelConfig::Multigrid(MultigridConfig { coordinates, ..multigrid });
        let model = config.init(2, 1, 5, &plain()).unwrap();
        weights::save(&model, &path).unwrap();
        let loaded = weights::load(&path, &plain()).unwrap();
        assert_eq!(loaded.spec(), model.spec());
        assert_eq!(flatten(&loaded), flatten(&model));
        // A run folder keeps the configuration as it was given.
        let fresh = config.init(2, 1, 6, &plain()).unwrap();
        assert_ne!(flatten(&fresh), flatten(&model));
        assert_eq!(flatten(&weights::load_into(fresh, &path).unwrap()), flatten(&model));
        assert_eq!(
            model.summary(),
            format!(
                "multigrid: 2 -> 1 channels, 2 levels of patches, padding [0.05, 0], tfno: 2D, modes 8x8, width 16, \
                 4 layers, joint Tucker weights of rank 0.05, {} parameters",
                model.n_parameters()
            )
        );
    }
    let other = ModelConfig::from_toml(&FILE.replace("levels = 2", "levels = 1")).unwrap();
    let error = weights::load_into(other.init(2, 1, 0, &plain()).unwrap(), &path).unwrap_err().to_string();
    assert!(error.contains("1 level of patches") && error.contains("2 levels"), "{error}");
}

#[test]
fn levels_of_presets() {
    let config = ModelConfig::preset("mg-tfno", 2).unwrap().with_levels(2).unwrap();
    assert!(
        config.to_string().starts_with("multigrid: 2 levels of patches, padding 0.0625, tfno: 2D"),
        "{config}"
    );
    assert!(ModelConfig::preset("tfno", 2).unwrap().with_levels(2).is_err());
    let mut model = config.init(1, 1, 0, &plain()).unwrap();
    model.set_n_modes(&[8, 12]).unwrap();
    assert!(model.summary().contains("modes 8x12"));
    assert!(model.set_n_modes(&[8, 40]).is_err());
}

/// The table of the book: by how much the input of a pass is smaller, and how much more there is to do in all.
#[test]
fn compression_factors() {
    let text = include_str!("../../../../book/src/multigrid-decomposition.md");
    let mut rows = 0;
    for (n, levels, padding) in [
        (128, 1, 0),
        (128, 1, 10),
        (128, 2, 0),
        (128, 2, 10),
        (128, 3, 0),
        (512, 2, 16),
        (1024, 2, 16),
        (1024, 3, 16),
        (1024, 4, 16),
    ] {
        let config = MultigridConfig::new(levels, ModelConfig::Fno(FnoConfig::new(&[2, 2], 4)))
            .with_padding(f64::from(padding) / n as f64);
        let compression = config.compression(&[n, n]).unwrap();
        let window = (n >> levels) + 2 * padding as usize;
        assert!((compression - (n * n) as f64 / (window * window * (levels + 1)) as f64).abs() < 1e-12);
        let work = config.n_patches() as f64 / compression;
        let row = format!(
            "| {n}² | {levels} | {padding} | {window}² × {} | {compression:.2} | {work:.2} |",
            levels + 1
        );
        assert!(text.contains(&row), "missing in the book: {row}");
        rows += 1;
    }
    let header = "| grid | L | p | a patch | compression | work |";
    let table = text.split(header).nth(1).unwrap().trim_start();
    assert_eq!(table.lines().take_while(|l| l.starts_with('|')).count(), rows + 1, "rows without a test");
}
