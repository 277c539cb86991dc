//! Weight files.

use std::fs;
use std::path::Path;

use sobolev_operators::fno::WeightConfig;
use sobolev_operators::{Error, FnoConfig, Model, ModelConfig, TfnoConfig, weights};

use super::support::{flatten, plain};

fn model(weights: WeightConfig, seed: u64) -> Model {
    let config = FnoConfig::new(&[5, 6], 6).with_n_layers(2).with_weights(weights);
    ModelConfig::Tfno(TfnoConfig(config)).init(2, 1, seed, &plain()).unwrap()
}

fn bits(model: &Model) -> Vec<u64> {
    flatten(model).into_iter().map(f64::to_bits).collect()
}

#[test]
fn what_is_saved_comes_back_bit_for_bit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    for form in [
        WeightConfig::default(),
        WeightConfig::tucker(0.2).joint(),
        WeightConfig::cp(0.2),
        WeightConfig::tensor_train(0.2),
    ] {
        let mut saved = model(form, 3);
        saved.set_n_modes(&[3, 4]).unwrap();
        weights::save(&saved, &path).unwrap();
        assert_eq!(weights::read_spec(&path).unwrap(), saved.spec());
        let loaded = weights::load(&path, &plain()).unwrap();
        assert_eq!(loaded.spec(), saved.spec());
        assert_eq!(bits(&loaded), bits(&saved));
        let mut other = model(saved_form(&saved), 4);
        other.set_n_modes(&[3, 4]).unwrap();
        assert_ne!(bits(&other), bits(&saved));
        assert_eq!(bits(&weights::load_into(other, &path).unwrap()), bits(&saved));
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left, ["model.safetensors"]);
    }
}

fn saved_form(model: &Model) -> WeightConfig {
    match model.spec().config {
        ModelConfig::Fno(config) | ModelConfig::Tfno(TfnoConfig(config)) => config.weights,
        other => panic!("{other}"),
    }
}

fn refused(path: &Path, words: &str) {
    let error = weights::load(path, &plain()).unwrap_err();
    assert!(matches!(error, Error::Weights { .. } | Error::Io { .. }), "{error:?}");
    let text = error.to_string();
    assert!(text.contains(words) && text.contains(path.to_str().unwrap()), "{text}");
}

#[test]
fn bad_files_are_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    refused(&path, "No such file");
    for bytes in [&b""[..], b"hello", &[0xff; 64]] {
        fs::write(&path, bytes).unwrap();
        refused(&path, "not a complete safetensors file");
    }
    weights::save(&model(WeightConfig::tucker(0.2), 0), &path).unwrap();
    let whole = fs::read(&path).unwrap();
    for keep in [10, whole.len() / 2, whole.len() - 1] {
        fs::write(&path, &whole[..keep]).unwrap();
        refused(&path, "not a complete safetensors file");
    }
    // An empty file of the right format, without our entry.
    let header = b"{}";
    fs::write(&path, [&(header.len() as u64).to_le_bytes()[..], header].concat()).unwrap();
    refused(&path, "metadata entry `sobolev.model` is missing");
}

/// The file with a different header text of the same length.
fn patched(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let at = bytes.windows(from.len()).position(|w| w == from.as_bytes()).expect(from);
    [&bytes[..at], to.as_bytes(), &bytes[at + from.len()..]].concat()
}

#[test]
fn a_file_of_another_model_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    weights::save(&model(WeightConfig::tucker(0.2), 0), &path).unwrap();
    let other = model(WeightConfig::cp(0.2), 0);
    let error = weights::load_into(other, &path).unwrap_err().to_string();
    assert!(
        error.contains("expected a model with") && error.contains("CP") && error.contains("Tucker"),
        "{error}"
    );

    let whole = fs::read(&path).unwrap();
    fs::write(&path, patched(&whole, "lifting.w1", "lifting.xx")).unwrap();
    refused(&path, "lifting.w1` (F32 [12, 4]) is missing");
    fs::write(&path, patched(&whole, "\"shape\":[12,4]", "\"shape\":[4,12]")).unwrap();
    refused(&path, "must be F32 [12, 4], is F32 [4, 12]");
    fs::write(&path, patched(&whole, "hidden_channels\\\":6", "hidden_channels\\\":0")).unwrap();
    refused(&path, "hidden_channels");
    fs::write(&path, patched(&whole, "n_layers\\\":2", "n_layers\\\":1")).unwrap();
    refused(&path, "belongs to no parameter");
}

#[test]
fn an_unwritable_folder_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("absent").join("model.safetensors");
    assert!(matches!(weights::save(&model(WeightConfig::default(), 0), &path), Err(Error::Io { .. })));
}
