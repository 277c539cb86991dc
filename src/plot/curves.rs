//! Figure: training and validation loss, with the learning rate below.

use super::{
    PlotError,
    axes::{Axes, Corner, legend},
    canvas::{Canvas, GREY},
    scale::{Axis, percent},
};

/// One entry per epoch in every slice.
#[derive(Clone, Copy, Debug)]
pub struct History<'a> {
    /// Mean training loss.
    pub train_loss: &'a [f64],
    /// Relative L2 error on the validation set; may be empty, NaN where an epoch was not validated.
    pub validation: &'a [f64],
    /// Learning rate; may be empty.
    pub learning_rate: &'a [f64],
}

const TRAIN: u32 = 0x31_688e;
const VALID: u32 = 0xd9_5f02;
const RATE: u32 = 0x75_75a8;

pub(super) fn canvas(title: &str, h: &History<'_>) -> Result<Canvas, PlotError> {
    let epochs = h.train_loss.len();
    for (what, found) in [("validation", h.validation.len()), ("learning_rate", h.learning_rate.len())] {
        if found != 0 && found != epochs {
            return Err(PlotError::Shape { what, expected: epochs, found });
        }
    }
    if epochs == 0 {
        return Err(PlotError::Shape { what: "train_loss", expected: 1, found: 0 });
    }
    let epoch: Vec<f64> = (1..=epochs).map(|e| e as f64).collect();
    let x = Axis::linear(if epochs > 1 { 1.0 } else { 0.5 }, (epochs as f64).max(1.5));
    let with_rate = !h.learning_rate.is_empty();
    let mut c = Canvas::new(720.0, if with_rate { 500.0 } else { 400.0 });
    c.title([84.0, 27.0], title);

    let main = Axes {
        rect: [84.0, 46.0, 606.0, 294.0],
        x,
        y: Axis::log(h.train_loss.iter().chain(h.validation).copied()),
    };
    main.draw(&mut c, if with_rate { "" } else { "epoch" }, "relative L\u{b2} error", 6);
    main.curve(&mut c, &epoch, h.train_loss, TRAIN, 2.0);
    // Epochs without validation leave no gap in the line.
    let (at, error): (Vec<f64>, Vec<f64>) =
        epoch.iter().zip(h.validation).filter(|(_, v)| v.is_finite()).unzip();
    main.curve(&mut c, &at, &error, VALID, 2.0);
    let best = error.iter().copied().fold(f64::INFINITY, f64::min);
    let label = format!("validation (best {})", percent(best));
    if best.is_finite() {
        legend(&mut c, main.rect, Corner::Right, &[("training loss", TRAIN), (&label, VALID)]);
    } else {
        legend(&mut c, main.rect, Corner::Right, &[("training loss", TRAIN)]);
    }
    if with_rate {
        let most = h.learning_rate.iter().copied().fold(0.0, f64::max);
        let rate = Axes { rect: [84.0, 362.0, 606.0, 84.0], x, y: Axis::linear(0.0, 1.12 * most) };
        let power = super::scale::common_power(most);
        let scale = 10f64.powi(power);
        let scaled: Vec<f64> = h.learning_rate.iter().map(|v| v / scale).collect();
        let rate = Axes { y: Axis::linear(0.0, rate.y.hi / scale), ..rate };
        let label = if power == 0 {
            "rate".to_owned()
        } else {
            format!("rate \u{d7}10{}", super::scale::superscript(power))
        };
        rate.draw(&mut c, "epoch", "", 4);
        c.upright([30.0, 404.0], 12.0, GREY, label);
        rate.curve(&mut c, &epoch, &scaled, RATE, 1.8);
    }
    Ok(c)
}
