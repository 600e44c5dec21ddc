//! Figures and the tables that show them.

use std::time::Duration;

/// Times of one kind of request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn push(&mut self, time: Duration) {
        self.0.push(time);
    }

    pub(crate) fn extend(&mut self, others: &Self) {
        self.0.extend_from_slice(&others.0);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The time that the share `of`, 0 to 1, of the requests did not exceed; nearest rank.
    pub(crate) fn percentile(&self, of: f64) -> Duration {
        let mut times = self.0.clone();
        times.sort_unstable();
        let rank = (count(times.len()) * of).ceil().max(1.0);
        times
            .iter()
            .enumerate()
            .find(|(at, _)| count(at + 1) >= rank)
            .map_or(Duration::ZERO, |(_, time)| *time)
    }
}

/// The area under the ROC curve of the times as a test for `one` against `other` (Mann-Whitney): 0.5 if nothing can be
/// told, 1 if `one` always takes longer, 0 if always shorter.
pub(crate) fn area(one: &Times, other: &Times) -> f64 {
    let mut all: Vec<(Duration, bool)> = one.0.iter().map(|it| (*it, true)).collect();
    all.extend(other.0.iter().map(|it| (*it, false)));
    all.sort_unstable();
    let (mut ranks, mut before) = (0.0, 0.0);
    for equal in all.chunk_by(|one, other| one.0 == other.0) {
        let shared = before + f64::midpoint(count(equal.len()), 1.0);
        let ours = equal.iter().filter(|it| it.1).count();
        ranks += shared * count(ours);
        before += count(equal.len());
    }
    let (n, m) = (count(one.len()), count(other.len()));
    (ranks - n * (n + 1.0) / 2.0) / (n * m)
}

/// How far from 0.5 chance alone takes the area of such samples, in 19 of 20 cases.
pub(crate) fn chance(one: &Times, other: &Times) -> f64 {
    let (n, m) = (count(one.len()), count(other.len()));
    1.96 * ((n + m + 1.0) / (12.0 * n * m)).sqrt()
}

pub(crate) fn millis(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64() * 1000.0)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "no count here comes near 2 to the power of 52"
)]
pub(crate) fn count(length: usize) -> f64 {
    length as f64
}

/// Prints rows in columns, the first one to the left, the others to the right.
#[expect(clippy::print_stdout, reason = "the figures that the command is for")]
pub(crate) fn print(title: &str, head: &[&str], rows: &[Vec<String>]) {
    let head: Vec<String> = head.iter().map(|&it| it.to_owned()).collect();
    let width = |column: usize| {
        let cells = rows.iter().chain([&head]).filter_map(|row| row.get(column));
        cells.map(|it| it.chars().count()).max().unwrap_or(0)
    };
    println!("\n{title}\n");
    for row in [&head].into_iter().chain(rows) {
        let cells = row.iter().enumerate().map(|(column, cell)| {
            let width = width(column);
            if column == 0 {
                format!("{cell:<width$}")
            } else {
                format!("{cell:>width$}")
            }
        });
        println!("{}", cells.collect::<Vec<_>>().join("  "));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(micros: &[u64]) -> Times {
        Times(micros.iter().map(|it| Duration::from_micros(*it)).collect())
    }

    fn is(figure: f64, expected: f64) -> bool {
        (figure - expected).abs() < 1e-9
    }

    #[test]
    fn the_area_is_the_share_of_pairs_in_which_the_first_took_longer() {
        for (one, other, expected) in [
            (&[3, 4][..], &[1, 2][..], 1.0),
            (&[1, 2], &[3, 4], 0.0),
            (&[1, 4], &[2, 3], 0.5),
            (&[2, 2], &[2, 2], 0.5),
            (&[2, 3], &[1, 2], 0.875),
        ] {
            let area = area(&times(one), &times(other));
            assert!(is(area, expected), "{one:?} {other:?}: {area}");
        }
    }

    #[test]
    fn a_percentile_is_a_time_that_was_measured() {
        let hundred = times(&(1..=100).rev().collect::<Vec<_>>());

        for (of, expected) in [(0.0, 1), (0.5, 50), (0.99, 99), (1.0, 100)] {
            assert_eq!(hundred.percentile(of), Duration::from_micros(expected));
        }
        assert_eq!(Times::default().percentile(0.5), Duration::ZERO);
    }
}
