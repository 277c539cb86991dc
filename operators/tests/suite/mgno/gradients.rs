//! Gradients against central differences.

use sobolev_operators::mgno::{
    Bias, Boundary, CoarseStart, Coarsening, FieldNorm, Head, LevelConfig, Local, MgConvConfig, Output,
    Prolongation, Restriction, Smoothers,
};
use sobolev_operators::multigrid::PerAxis;
use sobolev_operators::{MgnoConfig, ModelConfig, MultigridConfig};

use super::super::support::{check_gradients, plain};
use super::{mixed, small};

fn cycle(name: &str, config: &MgConvConfig, size: &[usize]) {
    check_gradients(name, &config.init(2, 3, 7, &plain()).unwrap(), size);
}

#[test]
fn of_every_boundary_on_even_and_odd_sizes() {
    for boundary in Boundary::ALL {
        for prolongation in [Prolongation::Cut, Prolongation::Wrapped] {
            let config = |n_dim| MgConvConfig { prolongation, ..small(n_dim, boundary) };
            for size in [[8, 8], [9, 7], [6, 11]] {
                let name = format!("{boundary:?}, {prolongation:?}, {size:?}");
                cycle(&name, &config(2), &size);
                cycle(&format!("{name}, fitted"), &config(2).with_grid(&size), &size);
            }
        }
        cycle("1D", &small(1, boundary), &[13]);
        cycle("3D", &small(3, boundary).with_grid(&[5, 6, 5]), &[5, 6, 5]);
        let coarsening = PerAxis::Same(Coarsening::Odd);
        cycle("odd points", &MgConvConfig { coarsening, ..small(2, boundary) }, &[9, 12]);
    }
    let boundary = mixed(&[Boundary::Circular, Boundary::Zero]);
    let coarsening = PerAxis::Each(vec![Coarsening::Even, Coarsening::Odd]);
    cycle("mixed", &MgConvConfig { boundary, coarsening, ..small(2, Boundary::Zero) }, &[8, 9]);
}

#[test]
fn of_every_form_of_the_cycle() {
    for smoothers in [Smoothers::Own, Smoothers::SharedOperator, Smoothers::Shared] {
        for restriction in [Restriction::Source, Restriction::Residual] {
            for coarse_start in [CoarseStart::Learned, CoarseStart::Zero] {
                let mut config =
                    MgConvConfig { smoothers, restriction, coarse_start, ..small(2, Boundary::Reflect) };
                config.bias = Bias::Constant;
                cycle(&format!("{smoothers:?}, {restriction:?}, {coarse_start:?}"), &config, &[7, 8]);
            }
        }
    }
    let normed = MgConvConfig { norm: FieldNorm::Affine, ..small(2, Boundary::Circular).with_grid(&[8, 6]) };
    cycle("norms", &normed, &[8, 6]);
    cycle("norms on another grid", &normed, &[6, 9]);
    let mut wide = small(2, Boundary::Zero);
    wide.levels[1].width = 2;
    wide.levels[2].width = 3;
    cycle("growing widths", &wide, &[8, 7]);
}

#[test]
fn of_networks() {
    let network = |name: &str, config: &MgnoConfig, size: &[usize]| {
        check_gradients(name, &config.init(2, 1, 7, &plain()).unwrap(), size);
    };
    let base = MgnoConfig::new(3, small(2, Boundary::Zero)).with_n_layers(2);
    network("linear beside the cycle", &base, &[8, 7]);
    network("one dimension", &MgnoConfig::new(3, small(1, Boundary::Reflect)).with_n_layers(2), &[9]);
    let on_grid = MgnoConfig { cycle: base.cycle.clone().with_grid(&[8, 7]), ..base.clone() };
    for (local, bias) in [
        (Local::None, Bias::None),
        (Local::None, Bias::Constant),
        (Local::None, Bias::Function),
        (Local::Linear, Bias::None),
        (Local::Linear, Bias::Function),
    ] {
        let config = MgnoConfig { local, bias, norm: FieldNorm::Affine, ..on_grid.clone() };
        network(&format!("{local:?}, {bias:?}"), &config, &[8, 7]);
        network("on another grid", &config, &[7, 9]);
    }
    let other = MgnoConfig { head: Head::Cycle, output: Output::Increment, ..base };
    network("increments of a cycle", &other, &[8, 7]);
    let level = |l: usize| LevelConfig { pre: 1, post: 0, width: l + 1 };
    let cycle = MgConvConfig { levels: vec![level(0), level(1)], ..MgnoConfig::helmholtz(&[7, 8]).cycle };
    let helmholtz = MgnoConfig { hidden_channels: 2, n_layers: 2, cycle, ..MgnoConfig::helmholtz(&[7, 8]) };
    network("helmholtz", &helmholtz, &[7, 8]);
}

#[test]
fn of_patches() {
    let inner = ModelConfig::Mgno(MgnoConfig::new(3, small(2, Boundary::Circular)).with_n_layers(2));
    let config = MultigridConfig::new(1, inner).with_padding(0.125);
    check_gradients("patches", &config.init(2, 1, 7, &plain()).unwrap(), &[8, 12]);
    let error = config.check_size(&[4, 4]).unwrap_err().to_string();
    assert!(error.contains("do not make 3 levels"), "{error}");
}
