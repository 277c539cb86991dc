//! The tensorized operator: the same, with another default.

use std::fmt;

use burn::tensor::Device;
use serde::{Deserialize, Deserializer, Serialize};

use super::{Fno, FnoConfig, WeightConfig};
use crate::Result;
use crate::model::Configuration;

/// A Fourier neural operator whose spectral weights are factorised: [`FnoConfig`] with Tucker weights of rank 0.1 per layer
/// unless `weights` says otherwise.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct TfnoConfig(pub FnoConfig);

impl TfnoConfig {
    /// Tucker weights of rank 0.1, one tensor per layer.
    pub fn new(n_modes: &[usize], hidden_channels: usize) -> Self {
        Self(FnoConfig::new(n_modes, hidden_channels).with_weights(WeightConfig::tucker(0.1)))
    }
}

impl<'de> Deserialize<'de> for TfnoConfig {
    /// As [`FnoConfig`], but for the default of `weights`; an explicit `weights` table is taken as it stands.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut map = serde_json::Map::<String, serde_json::Value>::deserialize(deserializer)?;
        if !map.contains_key("weights") {
            let weights =
                serde_json::to_value(WeightConfig::tucker(0.1)).map_err(serde::de::Error::custom)?;
            map.insert("weights".to_owned(), weights);
        }
        FnoConfig::deserialize(serde_json::Value::Object(map)).map(Self).map_err(serde::de::Error::custom)
    }
}

impl Configuration for TfnoConfig {
    type Operator = Fno;

    fn n_dim(&self) -> usize {
        self.0.n_dim()
    }

    fn validate(&self) -> Result<()> {
        self.0.validate()
    }

    fn init(&self, in_channels: usize, out_channels: usize, seed: u64, device: &Device) -> Result<Fno> {
        self.0.init(in_channels, out_channels, seed, device)
    }

    fn of(operator: &Fno) -> Self {
        Self(operator.config().clone())
    }

    fn without_coordinates(self) -> Self {
        Self(self.0.without_coordinates())
    }
}

impl fmt::Display for TfnoConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
