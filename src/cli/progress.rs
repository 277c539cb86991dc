//! Progress: a bar on a terminal, plain lines elsewhere, silence if asked for. Always on stderr.

use std::{
    io::IsTerminal,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// A bar that redraws itself.
    Bar,
    /// A line now and then.
    Lines,
    /// Nothing.
    Silent,
}

/// Between two lines of a [`Progress::Lines`] task.
const LINE_EVERY: Duration = Duration::from_secs(10);

impl Progress {
    /// Bar on a terminal, lines otherwise, silence on request.
    pub(crate) fn detect(silent: bool) -> Self {
        match (silent, std::io::stderr().is_terminal()) {
            (true, _) => Self::Silent,
            (false, true) => Self::Bar,
            (false, false) => Self::Lines,
        }
    }

    /// One line, unless silent.
    pub(crate) fn say(self, text: impl AsRef<str>) {
        if self != Self::Silent {
            eprintln!("{}", text.as_ref());
        }
    }

    /// A task of `total` units, such as "samples".
    pub(crate) fn task(self, name: &str, total: u64, unit: &'static str) -> Task {
        let bar = match self {
            Self::Bar => {
                let bar = ProgressBar::new(total);
                let template = format!(
                    "{{prefix:10}} [{{bar:32}}] {{pos}}/{{len}} {unit}  {{per_sec}}  {{elapsed}} < {{eta}}  {{msg}}"
                );
                if let Ok(style) = ProgressStyle::with_template(&template) {
                    bar.set_style(style.progress_chars("=> "));
                }
                bar.set_prefix(name.to_owned());
                bar
            }
            Self::Lines | Self::Silent => ProgressBar::hidden(),
        };
        let last = Arc::new(Mutex::new(None));
        Task { mode: self, bar, name: name.to_owned(), unit, total, start: Instant::now(), last }
    }
}

/// One task under way. Clones share its state.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    mode: Progress,
    bar: ProgressBar,
    name: String,
    unit: &'static str,
    total: u64,
    start: Instant,
    last: Arc<Mutex<Option<Instant>>>,
}

impl Task {
    /// `done` units are done; `message` holds the figures of the moment, such as the loss.
    pub(crate) fn at(&self, done: u64, message: &str) {
        match self.mode {
            Progress::Silent => {}
            // Nothing done is nothing to say.
            Progress::Lines if done == 0 => {}
            Progress::Bar => {
                self.bar.set_position(done);
                self.bar.set_message(message.to_owned());
            }
            Progress::Lines => {
                let Ok(mut last) = self.last.lock() else { return };
                let due = last.is_none_or(|t| t.elapsed() >= LINE_EVERY);
                if due || done == self.total {
                    *last = Some(Instant::now());
                    eprintln!("{}", self.describe(done, message));
                }
            }
        }
    }

    /// A line beside the progress.
    pub(crate) fn say(&self, text: &str) {
        match self.mode {
            Progress::Silent => {}
            Progress::Bar => self.bar.println(text),
            Progress::Lines => eprintln!("{text}"),
        }
    }

    fn describe(&self, done: u64, message: &str) -> String {
        let elapsed = self.start.elapsed().as_secs_f64();
        let left = if done > 0 {
            elapsed * (self.total.saturating_sub(done)) as f64 / done as f64
        } else {
            f64::NAN
        };
        let left =
            if left.is_finite() && done < self.total { format!(", {left:.0} s left") } else { String::new() };
        let message = if message.is_empty() { String::new() } else { format!("  {message}") };
        format!("{}: {done}/{} {} after {elapsed:.1} s{left}{message}", self.name, self.total, self.unit)
    }

    /// The task is over: a bar disappears.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
