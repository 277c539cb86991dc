//! Settings and their parameters from one table, so that they cannot disagree.

/// Declares the settings of a family with its `Default`, and the constant `PARAMETERS`.
///
/// Each line: field, type, default, what it accepts, unit, meaning.
macro_rules! settings {
    (
        $(#[$doc:meta])*
        $vis:vis struct $name:ident {
            $($key:ident: $type:ty = $default:expr, $accepts:expr, $unit:literal, $meaning:expr;)+
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        $vis struct $name {
            $($key: $type,)+
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($key: $default,)+ }
            }
        }

        const PARAMETERS: &[$crate::problems::Parameter] = &[
            $($crate::problems::Parameter {
                key: stringify!($key),
                meaning: $meaning,
                unit: $unit,
                accepts: $accepts,
            },)+
        ];
    };
}

pub(super) use settings;
