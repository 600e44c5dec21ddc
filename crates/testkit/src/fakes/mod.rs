//! Fakes of what the services need from the world.

mod chance;
mod clock;
mod hasher;
mod listed;
mod mailer;
mod support_desk;
mod tokens;

pub use chance::{FakeKeyRing, FakeSecrets, SeededEntropy};
pub use clock::FixedClock;
pub use hasher::PlainHasher;
pub use listed::ListedPasswords;
pub use mailer::RecordingMailer;
pub use support_desk::FakeSupportDesk;
pub use tokens::FakeTokens;
