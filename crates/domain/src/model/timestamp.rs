use std::{fmt, time::Duration};

use chrono::{DateTime, SecondsFormat, SubsecRound as _, Utc};

/// A moment in UTC, cut to microseconds: what both databases can hold, so that a value read equals the value written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(DateTime<Utc>);

impl Timestamp {
    /// 1970-01-01T00:00:00Z: earlier than anything that happens here.
    pub const EPOCH: Self = Self(DateTime::UNIX_EPOCH);

    /// `at`, cut to microseconds.
    pub fn new(at: DateTime<Utc>) -> Self {
        Self(at.trunc_subsecs(6))
    }

    /// Microseconds since 1970; `None` beyond the years a calendar holds.
    pub fn from_unix_micros(micros: i64) -> Option<Self> {
        DateTime::from_timestamp_micros(micros).map(Self)
    }

    /// Seconds since 1970; `None` beyond the years a calendar holds.
    pub fn from_unix_seconds(seconds: i64) -> Option<Self> {
        DateTime::from_timestamp(seconds, 0).map(Self)
    }

    /// Microseconds since 1970.
    pub fn unix_micros(self) -> i64 {
        self.0.timestamp_micros()
    }

    /// Milliseconds since 1970; 0 before.
    pub fn unix_millis(self) -> u64 {
        u64::try_from(self.0.timestamp_millis()).unwrap_or(0)
    }

    /// Seconds since 1970.
    pub fn unix_seconds(self) -> i64 {
        self.0.timestamp()
    }

    /// The calendar value, for storage and printing.
    pub fn utc(self) -> DateTime<Utc> {
        self.0
    }

    /// Later by `span`; the latest possible moment if that is beyond the calendar.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        let later = chrono::Duration::from_std(span)
            .ok()
            .and_then(|span| self.0.checked_add_signed(span));
        Self::new(later.unwrap_or(DateTime::<Utc>::MAX_UTC))
    }

    /// Earlier by `span`; the earliest possible moment if that is beyond the calendar.
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        let earlier = chrono::Duration::from_std(span)
            .ok()
            .and_then(|span| self.0.checked_sub_signed(span));
        Self::new(earlier.unwrap_or(DateTime::<Utc>::MIN_UTC))
    }

    /// How long after `earlier` this is; zero if it is before.
    pub fn since(self, earlier: Self) -> Duration {
        (self.0 - earlier.0).to_std().unwrap_or_default()
    }
}

/// RFC 3339 with milliseconds and `Z`: `2026-01-31T10:11:12.123Z` (contract section 2).
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_milliseconds_with_zone_and_keeps_microseconds() {
        let at = Timestamp::from_unix_micros(1_769_854_272_123_456).unwrap();

        assert_eq!(at.to_string(), "2026-01-31T10:11:12.123Z");
        assert_eq!(at.unix_micros(), 1_769_854_272_123_456);
    }

    #[test]
    fn the_ends_of_the_calendar_do_not_panic() {
        let now = Timestamp::from_unix_seconds(0).unwrap();

        assert!(now.plus(Duration::MAX) > now);
        assert!(now.minus(Duration::MAX) < now);
        assert_eq!(now.since(now.plus(Duration::from_secs(1))), Duration::ZERO);
    }
}
