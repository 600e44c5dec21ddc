use std::{str::FromStr, time::Duration};

use super::Timestamp;
use crate::{Error, Result};

/// What attempts are counted under: an account, a network, or both together. A MAC, so that the table of them shows
/// neither names nor addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ThrottleKey(pub [u8; 32]);

/// So many in so long: `20/min`, `10/h`, `3/15min`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// So many, at least one,
    pub count: u32,
    /// in so long.
    pub window: Duration,
}

impl FromStr for Rate {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        const MOST: u32 = 1_000_000;
        let read = || {
            let (count, window) = text.split_once('/')?;
            let digits = window.find(|it: char| !it.is_ascii_digit())?;
            let (number, unit) = window.split_at(digits);
            let unit = match unit {
                "s" => 1,
                "min" => 60,
                "h" => 3600,
                "d" => 86400,
                _ => return None,
            };
            let number: u32 = if digits == 0 { 1 } else { number.parse().ok()? };
            let seconds = u64::from(number) * unit;
            let count = count.parse().ok()?;
            let sensible = (1..=MOST).contains(&count) && (1..=30 * 86400).contains(&seconds);
            sensible.then(|| Self {
                count,
                window: Duration::from_secs(seconds),
            })
        };
        read().ok_or_else(|| {
            Error::invalid(
                "rate",
                "is not a rate of at most 1000000 in at most 30 days, like 20/min or 10/h",
            )
        })
    }
}

/// How many attempts are let through before one has to wait, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Budget {
    /// So many in each window, which begins with the first of them; then one waits for its end.
    Even(Rate),
    /// So many at once. From then on each that is let through doubles the wait for the next, from
    /// [`Budget::FIRST_WAIT`] to [`Budget::LONGEST_WAIT`]. All is forgotten when there was none for the window, which
    /// is at least [`Budget::SHORTEST_MEMORY`].
    Rising(Rate),
}

/// What is kept of the attempts under one key. A row that expired counts as none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spent {
    /// How many were let through.
    pub count: u32,
    /// None is let through before; [`Timestamp::EPOCH`] while there are free ones, for those that are made at one moment
    /// arrive in any order.
    pub free_at: Timestamp,
    /// All is forgotten then; not before `free_at`.
    pub expires_at: Timestamp,
}

impl Budget {
    /// The wait that follows the last attempt that is free.
    pub const FIRST_WAIT: Duration = Duration::from_secs(5);
    /// No wait is longer.
    pub const LONGEST_WAIT: Duration = Duration::from_mins(15);
    /// Longer than the longest wait, so that waiting is not the way to be forgotten.
    pub const SHORTEST_MEMORY: Duration = Duration::from_mins(30);

    /// How many are free, and how long they are remembered: an even budget from the first of them, a rising one from
    /// the last.
    pub fn rate(&self) -> Rate {
        match *self {
            Self::Even(rate) => rate,
            Self::Rising(rate) => Rate {
                window: rate.window.max(Self::SHORTEST_MEMORY),
                ..rate
            },
        }
    }

    /// What is kept once an attempt at `now` is let through. [`Error::Throttled`] if it is not; then nothing changes.
    ///
    /// The PostgreSQL store says the same in SQL.
    pub fn spend(&self, spent: Option<Spent>, now: Timestamp) -> Result<Spent> {
        let spent = spent.filter(|it| it.expires_at > now);
        if let Some(retry_after) = spent
            .map(|it| it.free_at.since(now))
            .filter(|it| !it.is_zero())
        {
            return Err(Error::Throttled { retry_after });
        }
        let rate = self.rate();
        let count = spent.map_or(0, |it| it.count).saturating_add(1);
        let expires_at = match (self, spent) {
            (Self::Even(_), Some(spent)) => spent.expires_at,
            _ => now.plus(rate.window),
        };
        let free_at = match (count.checked_sub(rate.count), self) {
            (None, _) => Timestamp::EPOCH,
            (Some(_), Self::Even(_)) => expires_at,
            (Some(over), Self::Rising(_)) => {
                now.plus((Self::FIRST_WAIT * (1 << over.min(16))).min(Self::LONGEST_WAIT))
            }
        };
        Ok(Spent {
            count,
            free_at,
            expires_at,
        })
    }
}

impl Spent {
    /// What is kept once an attempt turned out to be none that counts.
    #[must_use]
    pub fn returned(self) -> Self {
        Self {
            count: self.count.saturating_sub(1),
            free_at: Timestamp::EPOCH,
            ..self
        }
    }
}

/// A key with the budget that counts for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// What is counted under.
    pub key: ThrottleKey,
    /// How much it allows.
    pub budget: Budget,
}

/// An attempt, and what it is counted under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// When it is made.
    pub at: Timestamp,
    /// Where it is counted if it comes from a familiar place.
    pub familiar: Option<Familiar>,
    /// Where it is counted otherwise: in all of them.
    pub buckets: Vec<Bucket>,
}

/// A place that strangers' attempts do not count for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Familiar {
    /// It is familiar if one of these is.
    pub marks: Vec<ThrottleKey>,
    /// Its own budget.
    pub bucket: Bucket,
}

/// What the success of an attempt changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Success {
    /// All that was counted under these is forgotten.
    pub cleared: Vec<ThrottleKey>,
    /// The attempt itself does not count under these.
    pub returned: Vec<ThrottleKey>,
    /// This is familiar for [`Success::FAMILIAR`].
    pub familiar: Option<ThrottleKey>,
}

impl Success {
    /// How long a place stays familiar after the last success there.
    pub const FAMILIAR: Duration = Duration::from_hours(90 * 24);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        let start = Timestamp::from_unix_seconds(0).unwrap();
        start.plus(Duration::from_secs(seconds))
    }

    /// How long one has to wait after each of so many attempts, each made as early as possible.
    fn waits(budget: Budget, attempts: usize) -> Vec<u64> {
        let (mut now, mut spent, mut waits) = (at(0), None, Vec::new());
        for _ in 0..attempts {
            let kept = budget.spend(spent, now).unwrap();
            waits.push(kept.free_at.since(now).as_secs());
            (now, spent) = (now.max(kept.free_at), Some(kept));
        }
        waits
    }

    #[test]
    fn sec_07_the_wait_rises_to_a_quarter_of_an_hour_and_not_beyond() {
        let budget = Budget::Rising("3/h".parse().unwrap());

        let rising = [0, 0, 5, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900];
        assert_eq!(waits(budget, 13), rising);
        assert_eq!(waits(budget, 100)[99], 900);
    }

    #[test]
    fn sec_07_an_even_budget_is_whole_again_when_its_window_ends() {
        let budget = Budget::Even("3/min".parse().unwrap());

        assert_eq!(waits(budget, 7), [0, 0, 60, 0, 0, 60, 0]);
    }

    #[test]
    fn sec_07_what_was_counted_is_forgotten_and_waiting_is_not_the_way_to_it() {
        let budget = Budget::Rising("1/min".parse().unwrap());
        let spent = budget.spend(None, at(0)).unwrap();

        assert!(budget.spend(Some(spent), at(4)).is_err());
        assert_eq!(budget.spend(Some(spent), at(5)).unwrap().count, 2);
        assert_eq!(budget.spend(Some(spent), at(1799)).unwrap().count, 2);
        assert_eq!(budget.spend(Some(spent), at(1800)).unwrap().count, 1);
    }

    #[test]
    fn attempts_of_one_moment_arrive_in_any_order() {
        for budget in [
            Budget::Rising("3/h".parse().unwrap()),
            Budget::Even("3/h".parse().unwrap()),
        ] {
            let first = budget.spend(None, at(2)).unwrap();
            let second = budget.spend(Some(first), at(1)).unwrap();
            let third = budget.spend(Some(second.returned()), at(0)).unwrap();

            assert_eq!(third.count, 2);
        }
    }

    #[test]
    fn an_attempt_that_is_returned_makes_room_for_another() {
        let budget = Budget::Even("1/min".parse().unwrap());
        let spent = budget.spend(None, at(0)).unwrap();

        let returned = spent.returned();

        assert!(budget.spend(Some(spent), at(1)).is_err());
        let again = budget.spend(Some(returned), at(1)).unwrap();
        assert_eq!((again.free_at, again.expires_at), (at(60), at(60)));
    }

    #[test]
    fn rates_are_read_in_their_units_or_refused() {
        for (text, count, seconds) in [
            ("20/min", 20, 60),
            ("1/s", 1, 1),
            ("10/h", 10, 3600),
            ("3/15min", 3, 900),
            ("1000000/30d", 1_000_000, 30 * 86400),
        ] {
            let rate: Rate = text.parse().unwrap();
            assert_eq!((rate.count, rate.window.as_secs()), (count, seconds));
        }
        for text in [
            "",
            "/",
            "20",
            "20/",
            "/min",
            "0/min",
            "-1/min",
            "20/0min",
            "20/m",
            "20/31d",
            "1000001/s",
            "20/min ",
            "20/4294967296s",
            "20/٣s",
        ] {
            assert!(text.parse::<Rate>().is_err(), "{text}");
        }
    }
}
