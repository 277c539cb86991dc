//! Configurations, grids, files.

use burn::tensor::Tensor;
use sobolev_operators::mgno::{
    Bias, Boundary, CoarseStart, Coarsening, FieldNorm, Geometric, MgConvConfig, Output, Restriction, Start,
};
use sobolev_operators::multigrid::PerAxis;
use sobolev_operators::{Error, MgnoConfig, ModelConfig, Operator};

use super::super::support::{difference, learn_noise, plain, random, round_trip, to_f64};
use super::{levels, small};

fn network() -> MgnoConfig {
    MgnoConfig::new(4, small(2, Boundary::Zero)).with_n_layers(2)
}

#[test]
fn levels_have_the_sizes_of_the_released_networks() {
    let sizes = |config: &MgnoConfig, n: usize| -> Vec<usize> {
        config.cycle.sizes(&[n, n]).unwrap().into_iter().map(|size| size[1]).collect()
    };
    assert_eq!(sizes(&MgnoConfig::darcy_smooth(&[211, 211]), 211), [211, 106, 53, 27, 14, 7]);
    assert_eq!(sizes(&MgnoConfig::darcy_rough(&[256, 256]), 256), [256, 128, 64, 32, 16, 8]);
    assert_eq!(sizes(&MgnoConfig::navier_stokes(&[64, 64]), 64), [64, 32, 16, 8, 4]);
    assert_eq!(sizes(&MgnoConfig::helmholtz(&[101, 101]), 101), [101, 50, 24, 11, 5]);
}

#[test]
fn too_small_grids_are_refused_with_what_would_do() {
    for kind in [Coarsening::Even, Coarsening::Odd] {
        for count in 1..6 {
            let config =
                MgConvConfig { coarsening: PerAxis::Same(kind), ..MgConvConfig::backslash(1, count) };
            let good = |n: usize| config.sizes(&[n]).is_ok();
            let least = (1..100).find(|&n| good(n)).unwrap();
            assert!((least..200).all(good), "{kind:?} {count}");
            for n in 1..least {
                let error = config.sizes(&[n]).unwrap_err().to_string();
                assert!(error.contains(&format!("at least {least} points")), "{error}");
                // As many levels as it says work, and one more do not.
                let most: usize =
                    error.split("at most ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
                let with = |count| {
                    MgConvConfig { levels: levels(&vec![(1, 0); count]), ..config.clone() }
                        .sizes(&[n])
                        .is_ok()
                };
                assert!(with(most) && !with(most + 1), "{error}");
            }
        }
    }
    let config = network();
    assert!(matches!(config.cycle.sizes(&[8]), Err(Error::Grid { .. })));
    let error = ModelConfig::Mgno(config).check_size(&[8, 2]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "grid [8, 2]: the 2 points of axis 1 do not make 3 levels: expected at least 3 points, or at most 2 levels"
    );
}

#[test]
fn every_field_is_checked() {
    let good = MgnoConfig::new(4, small(2, Boundary::Zero).with_grid(&[9, 8]));
    good.validate().unwrap();
    let rejected = |field: &str, change: &dyn Fn(&mut MgnoConfig)| {
        let mut config = good.clone();
        change(&mut config);
        match config.validate() {
            Err(Error::Config { field: named, .. }) => assert_eq!(named, field),
            other => panic!("{field}: {other:?}"),
        }
    };
    rejected("hidden_channels", &|c| c.hidden_channels = 0);
    rejected("n_layers", &|c| c.n_layers = 0);
    rejected("cycle.n_dim", &|c| c.cycle.n_dim = 4);
    rejected("cycle.levels", &|c| c.cycle.levels.clear());
    rejected("cycle.levels", &|c| c.cycle.levels = levels(&[(1, 0); 40]));
    rejected("cycle.levels[2].pre", &|c| c.cycle.levels[1].pre = 0);
    rejected("cycle.levels[2].width", &|c| c.cycle.levels[1].width = 0);
    rejected("cycle.levels[1].width", &|c| c.cycle.levels[0].width = 2);
    rejected("cycle.levels[3].post", &|c| c.cycle.levels[2].post = 1);
    rejected("cycle.boundary", &|c| c.cycle.boundary = PerAxis::Each(vec![Boundary::Zero]));
    rejected("cycle.coarsening", &|c| c.cycle.coarsening = PerAxis::Each(vec![Coarsening::Odd; 3]));
    rejected("cycle.bias", &|c| c.cycle.bias = Bias::Function);
    rejected("cycle.grid", &|c| c.cycle.grid = Some(vec![2, 8]));
    rejected("cycle.grid", &|c| c.cycle.grid = Some(vec![8]));
    rejected("cycle.grid", &|c| (c.cycle.norm, c.cycle.grid) = (FieldNorm::Affine, None));
    rejected("cycle.grid", &|c| (c.bias, c.cycle.grid) = (Bias::Function, None));
    rejected("cycle.grid", &|c| (c.norm, c.cycle.grid) = (FieldNorm::Affine, None));
    let start = |noise| Start::Geometric(Geometric { noise, ..Geometric::default() });
    rejected("cycle.start.geometric.noise", &|c| c.cycle.start = start(-1.0));
    rejected("cycle.restriction", &|c| c.cycle.start = start(0.0));
    rejected("cycle.coarse_start", &|c| {
        (c.cycle.start, c.cycle.restriction) = (start(0.0), Restriction::Residual);
    });
    let increments = MgnoConfig { output: Output::Increment, ..good.clone() };
    assert!(
        matches!(increments.init(1, 2, 0, &plain()), Err(Error::Config { field, .. }) if field == "in_channels")
    );
    assert!(
        matches!(good.init(0, 1, 0, &plain()), Err(Error::Config { field, .. }) if field == "in_channels")
    );
    assert!(
        matches!(good.init(1, 0, 0, &plain()), Err(Error::Config { field, .. }) if field == "out_channels")
    );
}

#[test]
fn files_bring_it_back() {
    round_trip(&ModelConfig::Mgno(network()));
    let mut config = MgnoConfig::navier_stokes(&[9, 8]);
    (config.hidden_channels, config.cycle.levels) = (4, levels(&[(1, 1), (2, 0)]));
    round_trip(&ModelConfig::Mgno(config));
    let mut config = MgnoConfig::helmholtz(&[31, 40]);
    config.hidden_channels = 2;
    round_trip(&ModelConfig::Mgno(config));
    let cycle = MgConvConfig {
        start: Start::Geometric(Geometric { noise: 0.1, ..Geometric::default() }),
        ..MgConvConfig::geometric(2, 3, &PerAxis::Each(vec![Boundary::Zero, Boundary::Circular]))
    };
    round_trip(&ModelConfig::Mgno(MgnoConfig { cycle, ..network() }));
}

#[test]
fn files_are_read() {
    let text = r#"
        model = "mgno"
        hidden_channels = 8
        n_layers = 3
        bias = "function"
        [cycle]
        n_dim = 2
        boundary = ["circular", "zero"]
        coarsening = "odd"
        restriction = "residual"
        coarse_start = "zero"
        prolongation = "wrapped"
        smoothers = "shared_operator"
        grid = [31, 30]
        start = { geometric = { smoother = "jacobi", noise = 0.01 } }
        levels = [{ post = 1 }, { post = 1, width = 2 }, { pre = 4 }]
    "#;
    let config = ModelConfig::from_toml(text).unwrap();
    assert_eq!(
        config.to_string(),
        "mgno: 2D, width 8, 3 layers, V-cycles of 3 levels, circular-zero boundary"
    );
    let ModelConfig::Mgno(mgno) = &config else { panic!("{config:?}") };
    assert_eq!((mgno.cycle.coarse_start, mgno.cycle.levels[1].width), (CoarseStart::Zero, 2));
    assert_eq!(ModelConfig::from_toml(&config.to_toml().unwrap()).unwrap(), config);
    let model = config.init(1, 1, 0, &plain()).unwrap();
    assert!(model.summary().starts_with("mgno: 1 -> 1 channels, 2D, width 8"), "{}", model.summary());
    for (bad, word) in
        [("pre = 4", "pre = 0"), ("odd", "both"), ("jacobi", "gauss"), ("n_dim = 2", "n_dim = 2\nm = 3")]
    {
        assert!(ModelConfig::from_toml(&text.replace(bad, word)).is_err(), "{word}");
    }
}

/// All grids down to the smallest that has all levels, with functions given on another grid.
#[test]
fn all_grids_run() {
    let functions = MgnoConfig { bias: Bias::Function, norm: FieldNorm::Affine, ..network() };
    for boundary in Boundary::ALL {
        for kind in [Coarsening::Even, Coarsening::Odd] {
            let cycle = MgConvConfig {
                coarsening: PerAxis::Same(kind),
                norm: FieldNorm::Affine,
                ..small(2, boundary).with_grid(&[10, 7])
            };
            let model = MgnoConfig { cycle, ..functions.clone() }.init(1, 2, 0, &plain()).unwrap();
            for size in [[7, 7], [8, 15], [9, 20], [64, 33]] {
                let y = model.forward(Tensor::<4>::ones([2, 1, size[0], size[1]], &plain()));
                assert_eq!(y.dims(), [2, 2, size[0], size[1]]);
                assert!(y.into_data().try_to_vec::<f32>().unwrap().iter().all(|v| v.is_finite()));
            }
            assert!(model.check_size(&[2, 8]).is_err());
        }
    }
}

/// The increment is added to the first channels of the input.
#[test]
fn increments() {
    let config = MgnoConfig { output: Output::Increment, ..network() };
    let (whole, part) = (network().init(3, 2, 4, &plain()).unwrap(), config.init(3, 2, 4, &plain()).unwrap());
    let x = random::<3>(1, [2, 3, 72]);
    let (y, z) =
        (to_f64(&whole).forward_flat(x.clone(), &[9, 8]), to_f64(&part).forward_flat(x.clone(), &[9, 8]));
    assert!(difference(z, y + x.narrow(1, 0, 2)) < 1e-15);
}

#[test]
fn one_batch_of_noise_is_learnt() {
    let config = MgnoConfig::new(16, MgConvConfig::backslash(2, 3).with_boundary(Boundary::Circular));
    let loss = learn_noise(&config.init(1, 1, 0, &plain()).unwrap(), &[12, 10]);
    assert!(loss < 0.2, "{loss}");
}
