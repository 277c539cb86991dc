//! Configurations: files, defaults, and every bad value.

use sobolev_operators::fno::{BlockConfig, Norm, RankConfig, WeightConfig, WeightForm};
use sobolev_operators::{Error, FnoConfig, ModelConfig, PRESETS};

fn rejected(config: &FnoConfig, field: &str) {
    match config.validate() {
        Err(Error::Config { field: named, .. }) => assert_eq!(named, field),
        other => panic!("{field}: {other:?}"),
    }
}

#[test]
fn every_field_is_checked() {
    let good = FnoConfig::new(&[8, 8], 16);
    assert!(good.validate().is_ok());
    for n_modes in [vec![], vec![4; 4], vec![8, 0], vec![8, usize::MAX]] {
        rejected(&FnoConfig { n_modes, ..good.clone() }, "n_modes");
    }
    for max in [vec![8], vec![8, 7], vec![8, 1 << 20]] {
        rejected(&FnoConfig { max_n_modes: Some(max), ..good.clone() }, "max_n_modes");
    }
    rejected(&FnoConfig { hidden_channels: 0, ..good.clone() }, "hidden_channels");
    rejected(&FnoConfig { n_layers: 0, ..good.clone() }, "n_layers");
    for bad in [-1.0, f64::NAN, f64::INFINITY, 1e9] {
        rejected(&FnoConfig { lifting_ratio: bad, ..good.clone() }, "lifting_ratio");
        rejected(&FnoConfig { projection_ratio: bad, ..good.clone() }, "projection_ratio");
        rejected(&FnoConfig { domain_padding: bad, ..good.clone() }, "domain_padding");
        let block = BlockConfig { mlp_expansion: bad, ..BlockConfig::default() };
        rejected(&good.clone().with_block(block), "block.mlp_expansion");
    }
    for groups in [0, 3, 32] {
        let block = BlockConfig { norm: Norm::Group(groups), ..BlockConfig::default() };
        rejected(&good.clone().with_block(block), "block.norm.group");
    }
    rejected(&good.clone().with_weights(WeightConfig::default().joint()), "weights.joint");
    for fixed in [WeightConfig::cp(0.1).fixed(&[0]), WeightConfig::tucker(0.1).fixed(&[1, 4])] {
        rejected(&good.clone().with_weights(fixed), "weights.fixed");
    }
    for bad in [-0.1, 1.0, f64::NAN] {
        rejected(&good.clone().with_weights(WeightConfig::tucker(0.1).dropout(bad)), "weights.dropout");
    }
    rejected(&good.clone().with_weights(WeightConfig::default().dropout(0.1)), "weights.dropout");
    for rank in [
        RankConfig::Fraction(0.0),
        RankConfig::Fraction(f64::NAN),
        RankConfig::Fixed(0),
        RankConfig::Fixed(1000),
        RankConfig::Each(vec![2, 2]),
    ] {
        rejected(
            &good.clone().with_weights(WeightConfig { rank, ..WeightConfig::tucker(0.1) }),
            "weights.rank",
        );
    }
    let device = super::support::plain();
    assert!(
        matches!(good.init(0, 1, 0, &device), Err(Error::Config { field, .. }) if field == "in_channels")
    );
    assert!(
        matches!(good.init(1, 0, 0, &device), Err(Error::Config { field, .. }) if field == "out_channels")
    );
}

#[test]
fn files_are_read_and_written() {
    let text = r#"
        model = "tfno"
        n_modes = [12, 10]
        hidden_channels = 24
        n_layers = 3
        domain_padding = 0.1
        embedding = "none"
        [block]
        activation = "silu"
        norm = { group = 4 }
        fno_skip = "identity"
        order = "pre_activation"
        [weights]
        factorization = "tensor_train"
        rank = [3, 4, 5, 6]
        joint = true
    "#;
    let config = ModelConfig::from_toml(text).unwrap();
    let ModelConfig::Tfno(tfno) = &config else { panic!("{config:?}") };
    assert_eq!(tfno.0.block.norm, Norm::Group(4));
    assert_eq!(tfno.0.weights.rank, RankConfig::Each(vec![3, 4, 5, 6]));
    assert_eq!(tfno.0.block.mlp_expansion, 0.5, "an absent field has its default");
    assert_eq!(ModelConfig::from_toml(&config.to_toml().unwrap()).unwrap(), config);
    assert_eq!(
        config.to_string(),
        "tfno: 2D, modes 12x10, width 24, 3 layers, joint tensor-train weights of rank [3, 4, 5, 6]"
    );
    let json = serde_json::to_string(&config).unwrap();
    assert_eq!(serde_json::from_str::<ModelConfig>(&json).unwrap(), config);
}

#[test]
fn ranks_fixed_axes_and_dropout_are_read() {
    let text = |rest: &str| {
        format!(
            "model = \"tfno\"\nn_modes = [8, 8]\nhidden_channels = 8\n[weights]\nfactorization = \"tucker\"\n{rest}"
        )
    };
    let read = |rest: &str| match ModelConfig::from_toml(&text(rest)).unwrap() {
        ModelConfig::Tfno(config) => config.0.weights,
        other => panic!("{other:?}"),
    };
    assert_eq!(read("rank = 0.25").rank, RankConfig::Fraction(0.25));
    assert_eq!(read("rank = 4").rank, RankConfig::Fixed(4));
    assert_eq!(read("rank = [4, 8, 8, 5]").rank, RankConfig::Each(vec![4, 8, 8, 5]));
    for (text, rank) in [
        ("0.25", RankConfig::Fraction(0.25)),
        ("4", RankConfig::Fixed(4)),
        ("4x8x8x5", RankConfig::Each(vec![4, 8, 8, 5])),
    ] {
        assert_eq!(text.parse::<RankConfig>().unwrap(), rank);
    }
    assert!("many".parse::<RankConfig>().unwrap_err().to_string().contains("4x16x16x8x8"));
    let weights = read("rank = 0.25\njoint = true\nfixed = [0, 4]\ndropout = 0.1");
    assert_eq!(weights, WeightConfig::tucker(0.25).joint().fixed(&[0, 4]).dropout(0.1));
    assert_eq!(weights.to_string(), "joint Tucker weights of rank 0.25, axes [0, 4] whole, dropout 0.1");
    let written = toml::to_string(&weights).unwrap();
    assert_eq!(toml::from_str::<WeightConfig>(&written).unwrap(), weights);
    let plain = toml::to_string(&WeightConfig::tucker(0.25)).unwrap();
    assert!(!plain.contains("fixed") && !plain.contains("dropout"), "{plain}");
    for (rest, words) in [
        ("rank = [4, 8, 8]", "takes 4 ranks, not 3"),
        ("rank = [4, 9, 8, 5]", "9"),
        ("rank = -3", "rank"),
        ("fixed = [4]", "axes 0 to 3"),
        ("dropout = 2.0", "probability"),
    ] {
        let error = ModelConfig::from_toml(&text(rest)).unwrap_err().to_string();
        assert!(error.contains(words), "{rest}: {error}");
    }
}

#[test]
fn a_tfno_is_tucker_unless_told_otherwise() {
    let read = |rest: &str| {
        let text = format!("model = \"tfno\"\nn_modes = [8]\nhidden_channels = 8\n{rest}");
        match ModelConfig::from_toml(&text).unwrap() {
            ModelConfig::Tfno(config) => config.0.weights,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(read(""), WeightConfig::tucker(0.1));
    assert_eq!(read("[weights]\nfactorization = \"cp\"\nrank = 3").rank, RankConfig::Fixed(3));
    assert_eq!(read("[weights]\nfactorization = \"dense\"").factorization, WeightForm::Dense);
}

#[test]
fn mistakes_in_files_are_named() {
    for (text, word) in [
        ("model = \"cnn\"", "cnn"),
        ("n_modes = [8]", "model"),
        ("model = \"fno\"\nn_modes = [8]", "hidden_channels"),
        ("model = \"fno\"\nn_modes = [8]\nhidden_channels = 8\nwidth = 3", "width"),
        ("model = \"tfno\"\nn_modes = [8]\nhidden_channels = 8\n[weights]\nranks = 3", "ranks"),
        ("model = \"tfno\"\nn_modes = [8]\nhidden_channels = 8\n[block]\nactivation = \"sine\"", "sine"),
        ("model = ", ""),
    ] {
        let error = ModelConfig::from_toml(text).unwrap_err();
        assert!(matches!(error, Error::Parse(_)) && error.to_string().contains(word), "{text}: {error}");
    }
}

#[test]
fn every_preset_builds_in_every_dimension() {
    for (name, _) in PRESETS {
        for n_dim in 1..=3 {
            let config = ModelConfig::preset(name, n_dim).unwrap();
            config.validate().unwrap();
            assert_eq!(config.n_dim(), n_dim);
            if n_dim < 3 {
                config.init(2, 1, 0, &super::support::plain()).unwrap();
            }
        }
    }
    assert!(ModelConfig::preset("fno", 4).is_err());
    let error = ModelConfig::preset("unet", 2).unwrap_err().to_string();
    assert!(error.contains("unet") && error.contains("tfno-joint"), "{error}");
}

#[test]
fn every_citation_is_complete() {
    for citation in sobolev_operators::citations() {
        assert!(citation.url.starts_with("https://") && citation.text.len() > 40 && !citation.key.is_empty());
    }
}
