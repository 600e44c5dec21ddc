use async_trait::async_trait;
use domain::{
    Result,
    model::{Attempt, Bucket, Success, Timestamp},
    ports::Throttle,
};

use super::{MemoryStore, State, purge};

#[async_trait]
impl Throttle for MemoryStore {
    async fn attempt(&self, attempt: &Attempt) -> Result<bool> {
        self.edit(|state| {
            let marks = attempt.familiar.iter().flat_map(|it| &it.marks);
            let is_familiar = marks
                .filter_map(|mark| state.familiar_places.get(mark))
                .any(|until| *until > attempt.at);
            let familiar = attempt.familiar.as_ref().filter(|_| is_familiar);
            let own: Vec<Bucket> = familiar.map(|it| it.bucket).into_iter().collect();
            let buckets = if is_familiar { &own } else { &attempt.buckets };
            let after = |it: &Bucket| {
                let spent = state.throttle.get(&it.key).copied();
                Ok((it.key, it.budget.spend(spent, attempt.at)?))
            };
            let spent: Result<Vec<_>> = buckets.iter().map(after).collect();
            state.throttle.extend(spent?);
            Ok(is_familiar)
        })
    }

    async fn succeed(&self, now: Timestamp, success: &Success) -> Result<()> {
        self.edit(|state| state.succeed(now, success));
        Ok(())
    }

    async fn purge_throttle(&self, now: Timestamp, limit: u32) -> Result<usize> {
        self.transaction(|state| {
            let attempts = purge(&mut state.throttle, limit, |it| it.expires_at <= now);
            let places = purge(&mut state.familiar_places, limit, |until| *until <= now);
            Ok(attempts + places)
        })
    }
}

impl State {
    pub(super) fn succeed(&mut self, now: Timestamp, success: &Success) {
        for key in &success.cleared {
            self.throttle.remove(key);
        }
        for key in &success.returned {
            if let Some(spent) = self.throttle.get_mut(key) {
                *spent = spent.returned();
            }
        }
        if let Some(key) = success.familiar {
            self.familiar_places
                .insert(key, now.plus(Success::FAMILIAR));
        }
    }
}
