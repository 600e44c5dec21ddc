use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use crate::{
    Result,
    model::Timestamp,
    ports::{Clock, DatabaseClock},
};

/// The time by the database's clock, so that replicas whose own clocks disagree agree on leases, expiries and windows.
/// Ours is corrected by how far it was off when they were last compared.
#[derive(Default)]
pub(super) struct SharedClock {
    /// Microseconds to be added to our own clock.
    correction: AtomicI64,
}

impl SharedClock {
    /// Clocks this close are the same: less is within what asking takes on a busy machine.
    const TOLERANCE: Duration = Duration::from_millis(250);

    pub(super) fn now(&self, own: &dyn Clock) -> Timestamp {
        let correction = self.correction.load(Ordering::Relaxed);
        let now = own.now();
        let span = Duration::from_micros(correction.unsigned_abs());
        match correction {
            0 => now,
            1.. => now.plus(span),
            ..0 => now.minus(span),
        }
    }

    /// Compares the clocks. If they have drifted since they were last compared: by how many microseconds ours is corrected
    /// from now on.
    pub(super) async fn set(
        &self,
        own: &dyn Clock,
        database: &dyn DatabaseClock,
    ) -> Result<Option<i64>> {
        let asked = own.now();
        let Some(told) = database.database_time().await? else {
            return Ok(None);
        };
        let answered = own.now();
        let correction = correction(asked, told, answered);
        let before = self.correction.swap(correction, Ordering::Relaxed);
        let drifted = u128::from(before.abs_diff(correction)) > Self::TOLERANCE.as_micros();
        Ok(drifted.then_some(correction))
    }
}

/// The database read its clock somewhere between our question and its answer: the middle is the best guess.
fn correction(asked: Timestamp, told: Timestamp, answered: Timestamp) -> i64 {
    let tolerance = SharedClock::TOLERANCE;
    if asked.minus(tolerance) <= told && told <= answered.plus(tolerance) {
        return 0;
    }
    let middle = asked.plus(answered.since(asked) / 2);
    told.unix_micros().saturating_sub(middle.unix_micros())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clock_that_is_off_is_corrected() {
        let at = |micros: i64| Timestamp::from_unix_micros(1_769_854_272_000_000 + micros).unwrap();

        for (asked, told, answered, expected) in [
            (0, 0, 0, 0),
            (0, 1_000_000, 2_000_000, 0),
            (0, -250_000, 0, 0),
            (0, 250_000, 0, 0),
            (0, 30_000_000, 0, 30_000_000),
            (0, -30_000_000, 0, -30_000_000),
            (0, 30_000_000, 2_000_000, 29_000_000),
        ] {
            assert_eq!(
                correction(at(asked), at(told), at(answered)),
                expected,
                "{told}"
            );
        }
    }
}
