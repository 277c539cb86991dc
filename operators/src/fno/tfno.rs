//! The tensorized operator: the same, with another default.

use serde::{Deserialize, Deserializer, Serialize};

use super::{FnoConfig, WeightConfig};

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
