//! Modes that are added, and those that rest.

use super::*;

/// Stopped after every single step: weights, moments, summed gradients, state and metrics have the same bits.
#[test]
fn resumes_bit_for_bit() {
    for (criterion, name) in [(GAP, "loss gap"), (RATIO, "explained ratio")] {
        let config = config(criterion, &[2]);
        let fno =
            |weights: WeightConfig| linear(&[10]).with_weights(weights).init(1, 1, 3, &device()).unwrap();
        stopped_and_straight_are_the_same(&format!("fno, {name}"), || fno(WeightConfig::default()), &config);
        for weights in
            [WeightConfig::tucker(0.4).joint(), WeightConfig::cp(0.4), WeightConfig::tensor_train(0.4)]
        {
            let tfno = || {
                let config = TfnoConfig(linear(&[10]).with_weights(weights.clone()));
                ModelConfig::Tfno(config).init(1, 1, 3, &device()).unwrap()
            };
            stopped_and_straight_are_the_same(&format!("{weights}, {name}"), tfno, &config);
        }
        let wrapped = || Wrapped { inner: fno(WeightConfig::tucker(0.4)) };
        stopped_and_straight_are_the_same(&format!("a wrapper, {name}"), wrapped, &config);
        let ffno = || FfnoConfig::new(&[10], 4).with_n_layers(2).init(1, 1, 3, &device()).unwrap();
        stopped_and_straight_are_the_same(&format!("ffno, {name}"), ffno, &config);
    }
    let mut config = config(RATIO, &[2]);
    let grids = vec![GridStage { size: vec![8], epochs: 2 }, GridStage { size: vec![12], epochs: 1 }];
    if let Some(incremental) = &mut config.incremental {
        (incremental.grids, incremental.reduction) = (grids, Reduction::Spectral);
    }
    let fno = || linear(&[10]).init(1, 1, 3, &device()).unwrap();
    stopped_and_straight_are_the_same("modes and grids", fno, &config);
}

fn final_modes<M: Module + Operator>(model: M, data: &Shifted, config: &TrainConfig) -> Vec<usize> {
    let folder = tempfile::tempdir().unwrap();
    let (model, summary) = train(folder.path(), model, (data, config), false, false).unwrap();
    let used = model.modes().unwrap().used;
    let state = checkpoint_state(&summary.last_checkpoint).unwrap();
    assert_eq!(state.growth.unwrap().n_modes, used);
    used
}

/// A gradient that lives on the wavenumbers up to K takes K and the buffer, and no more.
#[test]
fn modes_grow_as_far_as_the_gradient_reaches() {
    let config = TrainConfig { epochs: 12, ..config(RATIO, &[2]) };
    for weights in [WeightConfig::default(), WeightConfig::tucker(0.5), WeightConfig::cp(0.5).joint()] {
        for (highest, expected) in [(1, 4), (2, 6), (4, 10)] {
            let model = linear(&[14]).with_weights(weights.clone()).init(1, 1, 3, &device()).unwrap();
            let data = waves(&(0..=highest).collect::<Vec<_>>());
            assert_eq!(
                final_modes(model, &data, &config),
                [expected],
                "{weights}, wavenumbers up to {highest}"
            );
        }
    }
    // Never beyond what is allocated.
    let model = linear(&[6]).init(1, 1, 3, &device()).unwrap();
    assert_eq!(final_modes(model, &waves(&[0, 1, 2, 3, 4, 5]), &config), [6]);
}

/// The field has the same wavenumbers along both axes; one axis begins with enough modes.
#[test]
fn axes_grow_by_themselves() {
    let config = TrainConfig { epochs: 12, ..config(RATIO, &[3, 7]) };
    let data = Shifted { wavenumbers: vec![0, 1, 2], size: vec![8, 9] };
    let model = linear(&[9, 8]).init(1, 1, 3, &device()).unwrap();
    assert_eq!(final_modes(model, &data, &config), [7, 7]);
}

#[test]
fn a_loss_that_stands_still_adds_modes_every_epoch() {
    let folder = tempfile::tempdir().unwrap();
    let gap = Criterion::LossGap { epsilon: 1e-3 };
    let config = TrainConfig { lr: 1e-12, epochs: 8, ..config(gap, &[3]) };
    let model = linear(&[8]).init(1, 1, 3, &device()).unwrap();
    let (model, summary) = train(folder.path(), model, (&waves(&[0, 1]), &config), false, false).unwrap();
    // Two epochs make a gap; the last step is as large as there is room.
    assert_eq!(growths(folder.path()), [(3, vec![5]), (4, vec![7]), (5, vec![8])]);
    assert_eq!(model.config().n_modes, [8]);
    assert_eq!(model.config().max_n_modes, None);
    // The best epoch may have had fewer modes than the last: its checkpoint says how many.
    let best = checkpoint_state(&summary.best_checkpoint.unwrap()).unwrap();
    let expected = 3 + 2 * summary.best_epoch.clamp(2, 5).saturating_sub(2);
    assert_eq!(best.growth.unwrap().n_modes, [expected.min(8)], "best epoch {}", summary.best_epoch);

    let folder = tempfile::tempdir().unwrap();
    let falling = TrainConfig { lr: 1e-2, epochs: 4, ..config_with_no_growth() };
    let model = linear(&[8]).init(1, 1, 3, &device()).unwrap();
    train(folder.path(), model, (&waves(&[0, 1]), &falling), false, false).unwrap();
    assert!(growths(folder.path()).is_empty(), "the loss falls: {}", metrics(folder.path()));
}

fn config_with_no_growth() -> TrainConfig {
    config(Criterion::LossGap { epsilon: 0.0 }, &[3])
}

/// Rows of factors, and entries of dense weights, that no mode in use belongs to keep their first bits.
#[test]
fn weights_of_modes_that_are_not_in_use_rest() {
    let never = Criterion::ExplainedRatio { threshold: 0.5, buffer: 0, every: 1 };
    let config = config(never, &[3]);
    for weights in [WeightConfig::default(), WeightConfig::cp(0.5), WeightConfig::tucker(0.5).joint()] {
        let make =
            || linear(&[8]).with_n_layers(1).with_weights(weights.clone()).init(1, 1, 3, &device()).unwrap();
        let parameter = |model: &Fno| {
            let id = model.modes().unwrap().parameters[0].id;
            let mut values = Values { id, found: Vec::new() };
            model.visit(&mut values);
            values.found
        };
        let (first, folder) = (make(), tempfile::tempdir().unwrap());
        let (last, _) =
            train(folder.path(), first.clone(), (&waves(&[0, 1, 2, 3]), &config), false, false).unwrap();
        let (first, last) = (parameter(&first), parameter(&last));
        // Wavenumbers 0 and 1 of 0 .. 4.
        let width = first.len() / 5;
        for row in 0..5 {
            let same = first[row * width..][..width] == last[row * width..][..width];
            assert_eq!(same, row > 1, "{weights}: wavenumber {row}");
        }
    }
}

struct Values {
    id: burn::module::ParamId,
    found: Vec<f32>,
}

impl ModuleVisitor for Values {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if param.id == self.id {
            self.found = param.val().inner().into_data().try_to_vec::<f32>().unwrap();
        }
    }
}

#[test]
fn metrics_say_when_and_why() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(RATIO, &[2]);
    let stage = |n: usize| GridStage { size: vec![n], epochs: 1 };
    if let Some(incremental) = &mut config.incremental {
        incremental.grids = vec![stage(4), stage(8)];
    }
    let model = linear(&[10]).init(1, 1, 3, &device()).unwrap();
    train(folder.path(), model, (&waves(&[0, 1, 2]), &config), false, false).unwrap();
    let records = read_metrics(&folder.path().join("metrics.jsonl")).unwrap();
    let grids: Vec<_> = records
        .iter()
        .filter_map(|r| match r {
            Record::Grid { step, epoch, size } => Some((*step, *epoch, size.clone())),
            _ => None,
        })
        .collect();
    assert_eq!(grids, [(0, 1, vec![4]), (3, 2, vec![8]), (6, 3, vec![16])]);
    let Some(Record::Modes { step, epoch, n_modes, reason: Reason::ExplainedRatio { ratios } }) =
        records.iter().find(|r| matches!(r, Record::Modes { .. }))
    else {
        panic!("no growth: {}", metrics(folder.path()))
    };
    assert_eq!((*step, *epoch, n_modes.as_slice()), (4, 2, &[4][..]));
    assert!(ratios.len() == 1 && (0.0..0.999).contains(&ratios[0]), "{ratios:?}");
    assert!(metrics(folder.path()).contains(r#"{"kind":"modes","step":4,"epoch":2,"n_modes":[4],"reason":{"criterion":"explained-ratio","ratios":["#));
}
