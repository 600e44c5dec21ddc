use std::{collections::VecDeque, time::Duration};

use domain::model::TenantId;

/// Whose turn it is: a tenant's, or that of all who name none that exists.
pub(super) type Lane = Option<TenantId>;

/// What waits for a thread. Lanes take turns, each by the order of its arrivals; no job is let in whose turn would come too
/// late.
pub(super) struct Queue<J> {
    /// Those in which something waits, the next one first.
    lanes: VecDeque<Waiting<J>>,
    length: usize,
    bound: usize,
    threads: u32,
    patience: Duration,
    /// What a job takes on a thread, averaged over the last ones.
    pace: Duration,
    tickets: u64,
}

struct Waiting<J> {
    lane: Lane,
    jobs: VecDeque<(Ticket, J)>,
}

/// Names a job that was let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ticket(u64);

impl<J> Queue<J> {
    /// Empty, with room for `bound` jobs that `threads` work off, none of them after more than `patience`.
    pub(super) fn new(bound: usize, threads: usize, patience: Duration) -> Self {
        Self {
            lanes: VecDeque::new(),
            length: 0,
            bound,
            threads: u32::try_from(threads).unwrap_or(u32::MAX).max(1),
            patience,
            pace: Duration::ZERO,
            tickets: 0,
        }
    }

    /// Lets a job in, or refuses it and drops it. A full queue drops the newest job of the longest lane in favour of one
    /// whose lane is shorter.
    pub(super) fn push(&mut self, lane: Lane, job: J) -> Option<Ticket> {
        let place = self.waiting_in(lane);
        if self.wait_of(lane, place) > self.patience {
            return None;
        }
        if self.length >= self.bound && !self.make_room(place + 1) {
            return None;
        }
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        if let Some(waiting) = self.lanes.iter_mut().find(|it| it.lane == lane) {
            waiting.jobs.push_back((ticket, job));
        } else {
            let jobs = VecDeque::from([(ticket, job)]);
            self.lanes.push_back(Waiting { lane, jobs });
        }
        self.length += 1;
        Some(ticket)
    }

    /// The job whose turn it is.
    pub(super) fn pop(&mut self) -> Option<J> {
        let mut waiting = self.lanes.pop_front()?;
        let (_, job) = waiting.jobs.pop_front()?;
        self.length -= 1;
        if !waiting.jobs.is_empty() {
            self.lanes.push_back(waiting);
        }
        Some(job)
    }

    /// Takes a job out that nobody waits for any more. Nothing happens if its turn has come.
    pub(super) fn remove(&mut self, lane: Lane, ticket: Ticket) {
        let Some(at) = self.lanes.iter().position(|it| it.lane == lane) else {
            return;
        };
        let jobs = &mut self.lanes[at].jobs;
        let before = jobs.len();
        jobs.retain(|(other, _)| *other != ticket);
        self.length -= before - jobs.len();
        if jobs.is_empty() {
            self.lanes.remove(at);
        }
    }

    /// Learns what a job took on its thread.
    pub(super) fn took(&mut self, time: Duration) {
        self.pace = if self.pace.is_zero() {
            time
        } else {
            (self.pace * 7 + time) / 8
        };
    }

    fn waiting_in(&self, lane: Lane) -> usize {
        let waiting = self.lanes.iter().find(|it| it.lane == lane);
        waiting.map_or(0, |it| it.jobs.len())
    }

    /// How long a job of the lane waits that has `place` others of its lane before it: each other lane has a turn as often.
    fn wait_of(&self, lane: Lane, place: usize) -> Duration {
        let others = self.lanes.iter().filter(|it| it.lane != lane);
        let theirs: usize = others.map(|it| it.jobs.len().min(place + 1)).sum();
        let before = u32::try_from(place + theirs).unwrap_or(u32::MAX);
        self.pace.saturating_mul(before) / self.threads
    }

    /// Drops the newest job of the longest lane, if more than `length` wait in it.
    fn make_room(&mut self, length: usize) -> bool {
        let longest = self.lanes.iter_mut().max_by_key(|it| it.jobs.len());
        let Some(longest) = longest.filter(|it| it.jobs.len() > length) else {
            return false;
        };
        longest.jobs.pop_back();
        self.length -= 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    #[expect(clippy::unnecessary_wraps, reason = "a lane may be nobody's")]
    fn lane(number: u128) -> Lane {
        Some(format!("{number:032x}").parse().unwrap())
    }

    fn drained(queue: &mut Queue<&'static str>) -> Vec<&'static str> {
        std::iter::from_fn(|| queue.pop()).collect()
    }

    #[test]
    fn rel_14_lanes_take_turns_and_within_a_lane_the_first_is_first() {
        let mut queue = Queue::new(10, 1, LONG);
        for job in ["a1", "a2", "a3"] {
            queue.push(lane(1), job).unwrap();
        }
        queue.push(None, "nobody").unwrap();
        for job in ["b1", "b2"] {
            queue.push(lane(2), job).unwrap();
        }

        assert_eq!(
            drained(&mut queue),
            ["a1", "nobody", "b1", "a2", "b2", "a3"]
        );
    }

    #[test]
    fn rel_14_a_full_queue_gives_way_to_who_has_less_in_it() {
        let mut queue = Queue::new(3, 1, LONG);
        for job in ["a1", "a2", "a3"] {
            queue.push(lane(1), job).unwrap();
        }

        assert!(queue.push(lane(1), "a4").is_none());
        assert!(queue.push(lane(2), "b1").is_some());
        assert!(
            queue.push(lane(2), "b2").is_none(),
            "it would be no shorter"
        );

        assert_eq!(drained(&mut queue), ["a1", "b1", "a2"]);
    }

    #[test]
    fn sec_04_what_would_wait_too_long_is_refused_and_another_lane_is_not() {
        let mut queue = Queue::new(100, 2, Duration::from_millis(100));
        queue.took(Duration::from_millis(50));
        let let_in = (0..10).map_while(|_| queue.push(lane(1), "a"));
        assert_eq!(let_in.count(), 5, "4 before it are 2 for each thread");

        assert!(queue.push(lane(2), "b").is_some());

        for _ in 0..2 {
            queue.pop();
        }
        assert!(queue.push(lane(1), "a").is_some(), "there is room again");
    }

    #[test]
    fn the_pace_is_an_average_that_follows() {
        let mut queue = Queue::<()>::new(100, 1, LONG);
        queue.took(Duration::from_millis(100));
        assert_eq!(queue.pace, Duration::from_millis(100));

        queue.took(Duration::from_millis(900));
        assert_eq!(queue.pace, Duration::from_millis(200));
    }

    #[test]
    fn a_job_that_is_taken_out_gives_its_place_back() {
        let mut queue = Queue::new(2, 1, LONG);
        let first = queue.push(lane(1), "a1").unwrap();
        let second = queue.push(lane(1), "a2").unwrap();
        assert!(queue.push(lane(1), "a3").is_none());

        queue.remove(lane(1), first);
        queue.remove(lane(1), first);
        queue.remove(lane(2), second);

        assert!(queue.push(lane(1), "a3").is_some());
        assert_eq!(drained(&mut queue), ["a2", "a3"]);
    }

    #[test]
    fn a_lane_whose_last_job_is_taken_out_has_no_turn() {
        let mut queue = Queue::new(2, 1, LONG);
        let only = queue.push(lane(1), "a").unwrap();
        queue.push(lane(2), "b").unwrap();

        queue.remove(lane(1), only);

        assert_eq!(drained(&mut queue), ["b"]);
    }
}
