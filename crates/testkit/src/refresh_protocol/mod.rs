//! A model check of the refresh protocol (SEC-24 to SEC-27) over any store.
//!
//! Random walks sign two people in by three programs (one keeps its refresh token, two rotate it, one of them public) and
//! then present any refresh token that was ever handed out, by its own program or another, naming the tenant or another,
//! several times at once, or with an answer that fails after the write. In between the clock moves, around the ten
//! seconds of forgiveness and around both expiries; tokens are revoked, sign-ins ended one by one and all together, the
//! tenant and the programs disabled and enabled.
//!
//! Every step is compared with a model that is written from the words of SEC-24, not from the code:
//!
//! - the answer: which token, or which error; the same token has the same text for ever, another one another;
//! - the access token in the answer, which stands for that sign-in;
//! - the sign-ins that are shown as alive, with their generation and last use: these and no others;
//! - introspection of all tokens of the sign-in: the newest is active while the sign-in is alive, and no other;
//! - how often the audit has each event.
//!
//! A failing walk is shrunk and printed. What the model leaves out: sign-ins of more than 32 refresh tokens, and ends at
//! the same time as refreshes, which the contract suite has.
//!
//! `PROPTEST_CASES=20000 cargo test -p testkit refresh_protocol` walks longer, `PROPTEST_RNG_SEED=1` repeats itself.

mod model;
mod steps;
mod walk;
mod world;

use std::{
    cell::RefCell,
    rc::Rc,
    sync::atomic::{AtomicUsize, Ordering},
};

use proptest::test_runner::{Config, TestCaseResult, TestError, TestRunner};
use proptest_state_machine::ReferenceStateMachine as _;

use self::{
    model::Model,
    steps::{Protocol, Step},
    world::World,
};
use crate::TestStore;

/// Takes `walks` random walks of up to `steps` steps, or as many as `PROPTEST_CASES` says. A store is used for a number of
/// walks, then `fresh` makes another.
///
/// It has a runtime of its own: call it from a plain `#[test]`.
pub fn walk(walks: u32, steps: usize, fresh: impl AsyncFn() -> TestStore) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let worlds = Worlds {
        fresh,
        present: RefCell::default(),
    };
    let strategy = Protocol::sequential_strategy(1..=steps);
    let outcome = TestRunner::new(config(walks)).run(&strategy, |(model, steps, seen)| {
        runtime.block_on(async {
            let world = worlds.next().await;
            compare(&world, model, steps, seen.as_deref()).await
        })
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Abort(reason)) => panic!("no walk was found: {reason}"),
        Err(TestError::Fail(reason, (_, steps, _))) => {
            let steps: Vec<_> = steps.iter().map(|step| format!("\n  {step:?}")).collect();
            panic!("{reason}\nafter{}", steps.concat());
        }
    }
}

fn config(walks: u32) -> Config {
    let environment = Config::default();
    let told = std::env::var_os("PROPTEST_CASES").is_some();
    Config {
        cases: if told { environment.cases } else { walks },
        failure_persistence: None,
        max_shrink_time: 60_000,
        ..environment
    }
}

async fn compare(
    world: &World,
    mut model: Model,
    steps: Vec<Step>,
    seen: Option<&AtomicUsize>,
) -> TestCaseResult {
    let mut walk = world.begin().await;
    for step in steps {
        if let Some(seen) = seen {
            seen.fetch_add(1, Ordering::SeqCst);
        }
        model = Protocol::apply(model, &step);
        walk.take(&step, &model).await?;
    }
    Ok(())
}

/// The worlds that are walked one after the other.
struct Worlds<F> {
    fresh: F,
    present: RefCell<Option<Rc<World>>>,
}

impl<F: AsyncFn() -> TestStore> Worlds<F> {
    /// A store grows with each walk; making one takes time.
    const WALKS_IN_ONE: u32 = 16;

    async fn next(&self) -> Rc<World> {
        let present = self
            .present
            .take()
            .filter(|it| it.walks() < Self::WALKS_IN_ONE);
        let world = match present {
            Some(world) => world,
            None => Rc::new(World::new((self.fresh)().await).await),
        };
        self.present.replace(Some(Rc::clone(&world)));
        world
    }
}

#[cfg(test)]
mod tests {
    use crate::{MemoryStore, TestStore};

    #[test]
    fn sec_24_random_walks_find_no_difference_from_the_model() {
        super::walk(256, 40, async || TestStore::new(MemoryStore::default(), ()));
    }
}
