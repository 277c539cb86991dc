//! Problems by name: complete words, true parameters, errors that list what there is.

use sobolev_datasets::problems::{self, Accepts, check_batches, check_entry};
use sobolev_datasets::{Card, Error, Problem, Result, Sample, Schema};

use crate::problems::{Moving, Steady};

/// Small, and accepted by every problem.
const RESOLUTION: usize = 16;

#[test]
fn every_entry_is_complete_and_true_to_itself() {
    let all = problems::registry();
    for entry in &all {
        check_entry(entry, RESOLUTION).unwrap();
    }
    let mut names: Vec<&str> = all.iter().flat_map(problems::Entry::names).collect();
    let n = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), n, "two problems share a name");
}

#[test]
fn samples_do_not_depend_on_the_batch() {
    // The trajectories of other families, made short, are in `trajectories`.
    let (darcy, _) = problems::find("darcy").unwrap();
    for name in darcy.names() {
        let problem = problems::build::<&str, &str>(name, RESOLUTION, &[]).unwrap();
        check_batches(&*problem, 7, 5).unwrap();
    }
    let varied = problems::build("darcy", 8, &[("tau", "3..9"), ("low", "log:1e-2..1")]).unwrap();
    check_batches(&*varied, 7, 5).unwrap();
}

#[test]
fn one_unknown_name_or_value_lists_the_right_ones() {
    let refused = |name: &str, settings: &[(&str, &str)]| {
        let error = problems::build(name, 8, settings).err().unwrap();
        assert!(matches!(error, Error::Config { .. }), "{error}");
        error.to_string()
    };
    for (name, settings, words) in [
        ("dary", vec![], vec!["problem", "darcy-rough", "'dary'"]),
        ("darcy", vec![("contrast", "3")], vec!["darcy", "alpha, tau", "'contrast'"]),
        ("darcy", vec![("tau", "many")], vec!["'tau'", "a number in [0, 1e6]", "'many'"]),
        ("darcy", vec![("tau", "nan")], vec!["'tau'", "'nan'"]),
        ("darcy", vec![("tau", "-1")], vec!["'tau'", "'-1'"]),
        ("darcy", vec![("octaves", "2.5")], vec!["'octaves'", "a whole number in [1, 16]"]),
        ("darcy", vec![("grid", "points")], vec!["'grid'", "cells | nodes"]),
        ("darcy-rough", vec![("grid", "1..2")], vec!["'grid'", "only numbers can have a range"]),
        ("darcy", vec![("tau", "5..3")], vec!["'tau'", "LOW < HIGH"]),
        ("darcy", vec![("tau", "log:0..3")], vec!["'tau'", "LOW > 0"]),
        ("darcy", vec![("tau", "1..x")], vec!["'tau'", "'x'"]),
    ] {
        let error = refused(name, &settings);
        for word in words {
            assert!(error.contains(word), "'{word}' is missing in: {error}");
        }
    }
    assert!(problems::split_setting("tau").is_err() && problems::split_setting("=3").is_err());
    assert_eq!(problems::split_setting(" tau = 3 ").unwrap(), ("tau".into(), "3".into()));
}

#[test]
fn settings_reach_the_sample_and_the_file() {
    let problem = problems::build("darcy-rough", 8, &[("high", "7"), ("octaves", "1e0")]).unwrap();
    let sample = problem.sample(1, 0).unwrap();
    assert!(sample.fields[0].iter().all(|&a| a == 7.0 || a == 2.0), "{:?}", sample.fields[0]);
    let config = problem.config();
    assert_eq!((&config["high"], &config["low"], &config["tau"]), (&7.0.into(), &2.0.into(), &5.0.into()));
    assert_eq!((&config["octaves"], &config["family"]), (&1.into(), &"darcy".into()));
    assert!(problem.card().description.contains("Rougher"));
}

/// Parameters drawn per sample: within the range, from (seed, index) alone, stored, the rest of the sample as with a fixed value.
#[test]
fn a_range_draws_a_value_for_every_sample() {
    let varied = problems::build("darcy", 8, &[("high", "log:1..100"), ("octaves", "1..3")]).unwrap();
    assert_eq!(varied.schema().scalars, ["high", "octaves"]);
    let (mut log, mut whole) = (vec![], vec![]);
    for index in 0..400 {
        let sample = varied.sample(5, index).unwrap();
        let [high, octaves] = sample.scalars[..] else { panic!("{:?}", sample.scalars) };
        log.push(high.log10());
        whole.push(octaves);
        if index < 3 {
            let fixed = problems::build("darcy", 8, &[("high", high.to_string())]).unwrap();
            assert_eq!(sample.fields, fixed.sample(5, index).unwrap().fields);
        }
    }
    assert!(log.iter().all(|v| (0.0..=2.0).contains(v)));
    let mean = log.iter().sum::<f64>() / 400.0;
    // The mean of 400 draws of U(0, 2) has a deviation of 0.029.
    assert!((mean - 1.0).abs() < 0.12, "{mean}");
    for value in [1.0, 2.0, 3.0] {
        let n = whole.iter().filter(|&&v| v == value).count();
        assert!((90..180).contains(&n), "{value} was drawn {n} times of 400");
    }
    let other = problems::build("darcy", 8, &[("octaves", "1..3"), ("high", "log:1..100")]).unwrap();
    assert_eq!(varied.config(), other.config(), "the order of settings has no meaning");
    assert_eq!(varied.sample(5, 9).unwrap(), other.sample(5, 9).unwrap());
}

/// Integrates batches at once, and lets the neighbours see one another.
struct Leaky;

impl Problem for Leaky {
    fn name(&self) -> &str {
        "leaky"
    }
    fn schema(&self) -> Schema {
        Steady::new(4).schema()
    }
    fn config(&self) -> serde_json::Value {
        serde_json::json!({})
    }
    fn solver(&self) -> String {
        String::new()
    }
    fn card(&self) -> Card {
        Card::default()
    }
    fn sample(&self, seed: u64, index: u64) -> Result<Sample> {
        Steady::new(4).sample(seed, index)
    }
    fn samples(&self, seed: u64, indices: std::ops::Range<u64>) -> Vec<Result<Sample>> {
        let mut all: Vec<_> = indices.clone().map(|i| self.sample(seed, i).unwrap()).collect();
        if all.len() > 2 {
            all[1].fields[1][3] += 1e-15;
        }
        all.into_iter().map(Ok).collect()
    }
}

#[test]
fn a_batch_that_changes_bits_is_found() {
    check_batches(&Moving, 1, 4).unwrap();
    let error = check_batches(&Leaky, 1, 4).unwrap_err().to_string();
    assert!(error.contains("sample 1 of leaky in the batch 0..4") && error.contains("'solution'"), "{error}");
}

#[test]
fn what_a_parameter_accepts_is_what_it_says() {
    let texts = [
        (Accepts::Number(0.0, 1.0), "a number in [0, 1]"),
        (Accepts::Integer(1, 3), "a whole number in [1, 3]"),
        (Accepts::Words(&["a", "b"]), "a | b"),
        (Accepts::Flag, "true | false"),
    ];
    for (accepts, text) in texts {
        assert_eq!(accepts.to_string(), text);
        let p = problems::Parameter { key: "k", meaning: "m", unit: "", accepts };
        assert!(p.parse("p", "?").unwrap_err().to_string().contains(text));
    }
    let flag = problems::Parameter { key: "k", meaning: "m", unit: "", accepts: Accepts::Flag };
    assert_eq!(flag.parse("p", "true").unwrap(), true);
}
