//! Password hashing: bcrypt over `base64(HMAC-SHA-384(pepper, NFC(password)))`, so that every byte of a long password
//! counts and a stolen database is of no use without the master key.

mod bcrypt;
mod foreign;
mod pool;
mod queue;

use std::{
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use domain::{
    Error, Result,
    model::{Password, PasswordHash, Secret, TenantId, Verdict},
    ports::PasswordHasher,
};

pub(crate) use self::bcrypt::Pepper;
use self::{
    bcrypt::{Scheme, bcrypt},
    foreign::Foreign,
    pool::Pool,
};
use crate::MasterKeys;

/// The `PasswordHasher` port.
pub struct BcryptHasher {
    scheme: Arc<Scheme>,
    pool: Pool,
}

/// How costly hashing is, and how much of it there can be at a time.
#[derive(Clone, Copy, Debug)]
pub struct HasherConfig {
    /// The work factor of new hashes, 4 to 16: each step doubles the work.
    pub cost: u32,
    /// How many hash at a time, at the lowest priority; the number of cores is right.
    pub threads: usize,
    /// How many may wait for a thread, of all tenants together.
    pub queue: usize,
    /// How long each may wait for a thread. Who would wait longer is refused at once.
    pub queue_timeout: Duration,
}

/// Why there is no hasher.
#[derive(Debug, thiserror::Error)]
pub enum HasherError {
    /// The work factor is out of range.
    #[error("the bcrypt cost is not within 4 and {max}", max = bcrypt::MAX_COST)]
    Cost,
    /// There is nothing to hash on.
    #[error("there is no thread to hash on")]
    NoThreads,
    /// The system gave no threads.
    #[error("the hashing threads do not start")]
    Threads(#[from] io::Error),
}

impl BcryptHasher {
    /// Starts the threads.
    pub fn new(keys: &MasterKeys, config: HasherConfig) -> Result<Self, HasherError> {
        if !(bcrypt::MIN_COST..=bcrypt::MAX_COST).contains(&config.cost) {
            return Err(HasherError::Cost);
        }
        if config.threads == 0 {
            return Err(HasherError::NoThreads);
        }
        Ok(Self {
            scheme: Arc::new(Scheme::new(keys, config.cost)),
            pool: Pool::start(config.threads, config.queue, config.queue_timeout)?,
        })
    }
}

#[async_trait]
impl PasswordHasher for BcryptHasher {
    async fn hash(&self, lane: Option<TenantId>, password: &Password) -> Result<PasswordHash> {
        let (scheme, password) = (Arc::clone(&self.scheme), password.clone());
        self.pool
            .run(lane, move || scheme.hash(&password))
            .await?
            .map_err(|cause| Error::unavailable("password hashing", cause))
    }

    async fn verify(
        &self,
        lane: Option<TenantId>,
        password: &Password,
        stored: Option<&PasswordHash>,
    ) -> Result<Verdict> {
        let (scheme, password, stored) =
            (Arc::clone(&self.scheme), password.clone(), stored.cloned());
        self.pool
            .run(lane, move || scheme.verify(&password, stored.as_ref()))
            .await
    }

    fn import(&self, foreign: &Secret<String>) -> Result<PasswordHash> {
        let text = foreign.expose();
        Foreign::parse(text)
            .map(|_| PasswordHash::new(text.clone()))
            .map_err(|unusable| Error::invalid("passwordHash", unusable.to_string()))
    }
}

/// The cost, within 10 and 14, whose hash takes about `target` on this machine. Hashes once, for some 10 ms.
pub fn measure_cost(target: Duration) -> u32 {
    let start = Instant::now();
    std::hint::black_box(bcrypt(b"a measurement", SAMPLE_COST, [0; 16]).is_ok());
    nearest_cost(start.elapsed(), target)
}

const SAMPLE_COST: u32 = 7;

fn nearest_cost(sample: Duration, target: Duration) -> u32 {
    (10..14)
        // Half-way between two costs, by ratio, is the factor of the square root of two.
        .take_while(|cost| {
            sample.mul_f64(f64::from(1_u32 << (cost - SAMPLE_COST)) * std::f64::consts::SQRT_2)
                < target
        })
        .last()
        .map_or(10, |cost| cost + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> HasherConfig {
        HasherConfig {
            cost: 4,
            threads: 1,
            queue: 8,
            queue_timeout: Duration::from_mins(1),
        }
    }

    fn password(text: &str) -> Password {
        Password::parse("password", text.to_owned()).unwrap()
    }

    #[test]
    fn the_cost_whose_time_is_nearest_to_the_target_is_taken() {
        let millis = Duration::from_millis;

        for (sample, cost) in [(1, 14), (8, 11), (9, 10), (12, 10), (100, 10)] {
            assert_eq!(
                nearest_cost(millis(sample), millis(100)),
                cost,
                "{sample} ms"
            );
        }
    }

    #[test]
    fn an_unusable_configuration_is_refused() {
        let keys = MasterKeys::generate();
        for config in [
            HasherConfig {
                cost: 3,
                ..config()
            },
            HasherConfig {
                cost: 17,
                ..config()
            },
            HasherConfig {
                threads: 0,
                ..config()
            },
        ] {
            assert!(BcryptHasher::new(&keys, config).is_err(), "{config:?}");
        }
    }

    #[tokio::test]
    async fn a_password_matches_its_hash_through_the_pool() {
        let keys = MasterKeys::generate();
        let hasher = BcryptHasher::new(&keys, config()).unwrap();

        let stored = hasher.hash(None, &password("correct")).await.unwrap();

        let verdict =
            async |text, stored| hasher.verify(None, &password(text), stored).await.unwrap();
        assert_eq!(verdict("correct", Some(&stored)).await, Verdict::Match);
        assert_eq!(verdict("wrong", Some(&stored)).await, Verdict::Mismatch);
        assert_eq!(verdict("correct", None).await, Verdict::Mismatch);
    }
}
