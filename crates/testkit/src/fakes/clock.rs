use std::{sync::Mutex, time::Duration};

use domain::{model::Timestamp, ports::Clock};

/// A clock that stands still until it is told to move. It starts at [`at(0)`](crate::at).
pub struct FixedClock(Mutex<Timestamp>);

impl FixedClock {
    /// Sets the time, forth or back.
    pub fn set(&self, now: Timestamp) {
        *self.0.lock().unwrap() = now;
    }

    /// Moves the time on.
    pub fn advance(&self, span: Duration) {
        let mut now = self.0.lock().unwrap();
        *now = now.plus(span);
    }
}

impl Default for FixedClock {
    fn default() -> Self {
        Self(Mutex::new(crate::at(0)))
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}
