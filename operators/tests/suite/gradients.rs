//! Gradients of whole operators, by input and by every parameter, against central differences.

use sobolev_kernels::testing::GradCheck;
use sobolev_operators::fno::{BlockConfig, Embedding, Norm, Order, RankConfig, Stabilizer, WeightConfig};
use sobolev_operators::layers::Skip;
use sobolev_operators::loss::Edges;
use sobolev_operators::{Activation, FnoConfig, Loss, Operator};

use super::support::{flatten, gradients, plain, random, tensor, unflatten, values};

const TOLERANCE: f64 = 1e-6;

fn check(name: &str, config: &FnoConfig, size: &[usize]) {
    let (batch, c_in, c_out) = (2, 2, 1);
    let points: usize = size.iter().product();
    let model = config.init(c_in, c_out, 7, &plain()).unwrap();
    let x = values(random(1, [batch, c_in, points]));
    let truth = random(2, [batch, c_out, points]);
    let theta = [flatten(&model), x].concat();
    let split = theta.len() - batch * c_in * points;

    let loss = |theta: &[f64]| {
        let model = unflatten(&model, &theta[..split], &plain());
        let y = model.forward_flat(tensor(theta[split..].to_vec(), [batch, c_in, points], &plain()), size);
        values(Loss::RelativeH1(Edges::OneSided).forward(y, truth.clone(), size))[0]
    };
    let device = plain().autodiff();
    let tracked = unflatten(&model, &theta[..split], &device);
    let input = tensor(theta[split..].to_vec(), [batch, c_in, points], &device).require_grad();
    let target = tensor(values(truth.clone()), [batch, c_out, points], &device);
    let y = tracked.forward_flat(input.clone(), size);
    let grads = Loss::RelativeH1(Edges::OneSided).forward(y, target, size).backward();
    let gradient = [gradients(&tracked, &grads), values(input.grad(&grads).unwrap())].concat();
    GradCheck { coordinates: 150, ..GradCheck::default() }.assert(name, loss, &theta, &gradient, TOLERANCE);
}

fn base() -> FnoConfig {
    FnoConfig::new(&[3, 4], 4).with_n_layers(2)
}

fn weight_forms() -> Vec<(String, WeightConfig)> {
    let forms = [
        ("dense", WeightConfig::default()),
        ("tucker", WeightConfig::tucker(0.4)),
        ("cp", WeightConfig::cp(0.3)),
        ("tensor train", WeightConfig::tensor_train(0.4)),
    ];
    let mut all = Vec::new();
    for (name, form) in forms {
        all.push((name.to_owned(), form.clone()));
        all.push((format!("separable {name}"), form.clone().separable()));
        if name != "dense" {
            all.push((format!("joint {name}"), form.clone().joint()));
            all.push((format!("joint separable {name}"), form.joint().separable()));
        }
    }
    all
}

#[test]
fn every_weight_form() {
    for (name, weights) in weight_forms() {
        check(&name, &base().with_weights(weights), &[5, 6]);
    }
}

#[test]
fn axes_without_a_factor() {
    let joint = || WeightConfig::tucker(0.5).joint();
    check("layers", &base().with_weights(joint().fixed(&[0])), &[5, 6]);
    check("output and a mode", &base().with_weights(joint().fixed(&[2, 3])), &[5, 6]);
    check("every axis", &base().with_weights(joint().fixed(&[0, 1, 2, 3, 4])), &[5, 6]);
    check("input", &base().with_weights(WeightConfig::tucker(0.4).fixed(&[0])), &[5, 6]);
    let separable = WeightConfig::tucker(0.4).separable().fixed(&[0, 2]);
    check("channels of a separable weight", &base().with_weights(separable), &[5, 6]);
    let fewer = FnoConfig { max_n_modes: Some(vec![5, 6]), ..base() };
    check("modes, of which fewer are used", &fewer.with_weights(joint().fixed(&[3, 4])), &[7, 8]);
}

#[test]
fn ranks_by_hand() {
    let each =
        |ranks: &[usize], form: WeightConfig| WeightConfig { rank: RankConfig::Each(ranks.to_vec()), ..form };
    let tucker = |ranks: &[usize]| each(ranks, WeightConfig::tucker(0.1).joint());
    // One layer rank, whose numbers go to a channel factor; as many as layers; and all of everything.
    for ranks in [[1, 2, 3, 2, 2], [2, 3, 2, 1, 3], [2, 4, 4, 3, 3]] {
        check(&format!("Tucker {ranks:?}"), &base().with_weights(tucker(&ranks)), &[5, 6]);
    }
    check("CP", &base().with_weights(each(&[11], WeightConfig::cp(0.1).joint())), &[5, 6]);
    let train = each(&[2, 5, 3, 2], WeightConfig::tensor_train(0.1).joint());
    check("tensor train", &base().with_weights(train), &[5, 6]);
    let train = each(&[9, 2, 4], WeightConfig::tensor_train(0.1));
    check("tensor train, input rank above the channels", &base().with_weights(train), &[5, 6]);
}

#[test]
fn every_block_option() {
    let default = BlockConfig::default();
    let mut options = vec![
        ("silu", BlockConfig { activation: Activation::Silu, ..default.clone() }),
        ("tanh", BlockConfig { activation: Activation::Tanh, ..default.clone() }),
        ("instance norm", BlockConfig { norm: Norm::Instance, ..default.clone() }),
        ("layer norm", BlockConfig { norm: Norm::Group(1), ..default.clone() }),
        ("group norm", BlockConfig { norm: Norm::Group(2), ..default.clone() }),
        ("no channel map", BlockConfig { mlp_expansion: 0.0, ..default.clone() }),
        ("stabiliser", BlockConfig { stabilizer: Stabilizer::Tanh, ..default.clone() }),
        ("pre-activation", BlockConfig { order: Order::PreActivation, ..default.clone() }),
        (
            "pre-activation, norm",
            BlockConfig { order: Order::PreActivation, norm: Norm::Group(2), ..default.clone() },
        ),
        (
            "pre-activation, norm, no channel map",
            BlockConfig {
                order: Order::PreActivation,
                norm: Norm::Group(1),
                mlp_expansion: 0.0,
                ..default.clone()
            },
        ),
    ];
    for skip in [Skip::Linear, Skip::SoftGating, Skip::Identity, Skip::None] {
        options.push(("spectral skip", BlockConfig { fno_skip: skip, ..default.clone() }));
        options.push(("channel map skip", BlockConfig { mlp_skip: skip, ..default.clone() }));
    }
    for (name, block) in options {
        let name = format!("{name}: {block:?}");
        check(&name, &base().with_block(block).with_weights(WeightConfig::tucker(0.4)), &[6, 5]);
    }
}

#[test]
fn every_frame_option() {
    check("padding", &FnoConfig { domain_padding: 0.2, ..base() }, &[5, 6]);
    check("no coordinates", &FnoConfig { embedding: Embedding::None, ..base() }, &[5, 6]);
    check("linear lifting", &FnoConfig { lifting_ratio: 0.0, ..base() }, &[5, 6]);
    check("linear projection", &FnoConfig { projection_ratio: 0.0, ..base() }, &[5, 6]);
    check("fewer modes than allocated", &FnoConfig { max_n_modes: Some(vec![5, 6]), ..base() }, &[7, 8]);
    check("fewer points than modes", &FnoConfig::new(&[6, 7], 3).with_n_layers(2), &[4, 3]);
}

#[test]
fn one_and_three_dimensions() {
    for weights in
        [WeightConfig::default(), WeightConfig::tucker(0.4), WeightConfig::tensor_train(0.4).joint()]
    {
        let line = FnoConfig::new(&[6], 4).with_n_layers(2).with_weights(weights.clone());
        check("1D", &line, &[9]);
        let cube = FnoConfig::new(&[2, 3, 4], 3).with_n_layers(2).with_weights(weights);
        check("3D", &cube, &[3, 4, 5]);
    }
}
