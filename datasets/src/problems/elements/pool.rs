//! Tools that are dear to make and serve one sample after the other.

use std::sync::{Mutex, PoisonError};

use crate::problems::Failure;

/// Keeps tools between samples: as many come to be as samples are computed at a time.
#[derive(Debug)]
pub(in super::super) struct Pool<T>(Mutex<Vec<T>>);

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self(Mutex::new(Vec::new()))
    }
}

impl<T> Pool<T> {
    /// A tool that waits, or else a new one.
    pub(in super::super) fn take(&self, make: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
        // A thread that panicked with a tool in hand did not harm those that wait.
        let waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        waiting.map_or_else(make, Ok)
    }

    /// Puts a tool back. One that a failed sample had is not put back.
    pub(in super::super) fn put(&self, tool: T) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(tool);
    }
}
