//! Coefficients made of others, and checks of their values.

use crate::fem::{Field, Space};
use crate::{Error, Result};

/// Checks that a diffusion coefficient given by numbers is positive; functions are checked where they are evaluated.
pub(super) fn positive(field: &Field<'_, f64>) -> Result<()> {
    let values: &[f64] = match field {
        Field::Constant(v) => std::slice::from_ref(v),
        Field::Cells(v) | Field::Points(v) | Field::Nodes(v) => v,
        Field::Function(_) => return Ok(()),
    };
    match values.iter().position(|v| !(v.is_finite() && *v > 0.0)) {
        Some(position) => Err(Error::Coefficient { position, value: values[position] }),
        None => Ok(()),
    }
}

/// Checks that a named coefficient is positive; a function is looked at in the nodes.
pub(super) fn named_positive(name: &'static str, field: &Field<'_, f64>, space: &Space) -> Result<()> {
    let at_nodes: Vec<f64>;
    let values: &[f64] = match field {
        Field::Constant(v) => std::slice::from_ref(v),
        Field::Cells(v) | Field::Points(v) | Field::Nodes(v) => v,
        Field::Function(f) => {
            at_nodes = space.interpolate(f);
            &at_nodes
        }
    };
    match values.iter().position(|v| !(v.is_finite() && *v > 0.0)) {
        Some(position) => Err(Error::Config {
            field: name,
            expected: "positive and finite everywhere",
            value: format!("{} at position {position}", values[position]),
        }),
        None => Ok(()),
    }
}

/// A coefficient that is held rather than borrowed.
pub(super) enum Held<'a> {
    Constant(f64),
    Cells(Vec<f64>),
    Nodes(Vec<f64>),
    Function(Box<dyn Fn([f64; 3]) -> f64 + Sync + 'a>),
}

impl Held<'_> {
    pub(super) fn field(&self) -> Field<'_, f64> {
        match self {
            Self::Constant(v) => Field::Constant(*v),
            Self::Cells(v) => Field::Cells(v),
            Self::Nodes(v) => Field::Nodes(v),
            Self::Function(f) => Field::Function(f),
        }
    }

    /// The same on a list of boundary facets, where `Cells` counts facets.
    pub(super) fn on_facets(&self, space: &Space, facets: &[usize]) -> Held<'_> {
        match self {
            Self::Constant(v) => Held::Constant(*v),
            Self::Nodes(v) => Held::Nodes(v.clone()),
            Self::Function(f) => Held::Function(Box::new(f)),
            Self::Cells(v) => {
                let all = space.mesh().facets();
                Held::Cells(facets.iter().map(|&f| v[all[f].cell as usize]).collect())
            }
        }
    }
}

/// h(x) = f(a(x), b(x)), in the form that keeps most: one value a cell stays one a cell.
pub(super) fn combine<'a>(
    space: &Space,
    (a_name, a): (&'static str, Field<'a, f64>),
    (b_name, b): (&'static str, Field<'a, f64>),
    f: fn(f64, f64) -> f64,
) -> Result<Held<'a>> {
    let zip = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| f(*x, *y)).collect::<Vec<f64>>();
    let centres = |g: &dyn Fn([f64; 3]) -> f64| -> Vec<f64> {
        let mesh = space.mesh();
        (0..mesh.n_cells())
            .map(|c| g(centre(mesh.cell(c).iter().map(|&v| mesh.points()[v as usize]))))
            .collect()
    };
    check_length(a_name, &a, space)?;
    check_length(b_name, &b, space)?;
    Ok(match (a, b) {
        (Field::Constant(x), Field::Constant(y)) => Held::Constant(f(x, y)),
        (Field::Constant(x), Field::Cells(y)) => Held::Cells(y.iter().map(|y| f(x, *y)).collect()),
        (Field::Cells(x), Field::Constant(y)) => Held::Cells(x.iter().map(|x| f(*x, y)).collect()),
        (Field::Cells(x), Field::Cells(y)) => Held::Cells(zip(x, y)),
        (Field::Constant(x), Field::Nodes(y)) => Held::Nodes(y.iter().map(|y| f(x, *y)).collect()),
        (Field::Nodes(x), Field::Constant(y)) => Held::Nodes(x.iter().map(|x| f(*x, y)).collect()),
        (Field::Nodes(x), Field::Nodes(y)) => Held::Nodes(zip(x, y)),
        (Field::Constant(x), Field::Function(y)) => Held::Function(Box::new(move |p| f(x, y(p)))),
        (Field::Function(x), Field::Constant(y)) => Held::Function(Box::new(move |p| f(x(p), y))),
        (Field::Function(x), Field::Function(y)) => Held::Function(Box::new(move |p| f(x(p), y(p)))),
        (Field::Function(x), Field::Nodes(y)) => Held::Nodes(zip(&space.interpolate(x), y)),
        (Field::Nodes(x), Field::Function(y)) => Held::Nodes(zip(x, &space.interpolate(y))),
        (Field::Function(x), Field::Cells(y)) => Held::Cells(zip(&centres(x), y)),
        (Field::Cells(x), Field::Function(y)) => Held::Cells(zip(x, &centres(y))),
        (Field::Points(_), _)
        | (_, Field::Points(_))
        | (Field::Cells(_), Field::Nodes(_))
        | (Field::Nodes(_), Field::Cells(_)) => {
            return Err(Error::Config {
                field: a_name,
                expected: "a constant, a function, or one value a cell or a node, with the other coefficient of the same kind",
                value: format!("{a:?} beside {b:?}"),
            });
        }
    })
}

fn check_length(name: &'static str, field: &Field<'_, f64>, space: &Space) -> Result<()> {
    let (values, expected, axis) = match field {
        Field::Cells(v) => (*v, space.mesh().n_cells(), "cell"),
        Field::Nodes(v) => (*v, space.n_nodes(), "node"),
        _ => return Ok(()),
    };
    if values.len() == expected {
        return Ok(());
    }
    Err(Error::Length { name, axes: format!("[{axis}] = [{expected}]"), expected, found: values.len() })
}

fn centre(points: impl ExactSizeIterator<Item = [f64; 3]>) -> [f64; 3] {
    let weight = 1.0 / points.len() as f64;
    points.fold([0.0; 3], |s, p| [s[0] + weight * p[0], s[1] + weight * p[1], s[2] + weight * p[2]])
}
