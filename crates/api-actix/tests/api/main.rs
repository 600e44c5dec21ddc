//! The service as its callers see it: the real server over a real database, and nothing but HTTP and mail.
//!
//! Every test runs on SQLite and on PostgreSQL.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on must stop"
)]

/// Makes of each function a test on SQLite and one on PostgreSQL.
macro_rules! on_both {
    ($($test:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $test() {
                super::$test(crate::home::Backend::Sqlite).await;
            })*
        }
        mod postgres {
            $(#[tokio::test]
            async fn $test() {
                super::$test(crate::home::Backend::Postgres).await;
            })*
        }
    };
}

mod answer;
mod app;
mod home;
mod http;
mod mailbox;
mod operations;
mod people;
mod process;
mod state;

mod answers;
mod bodies;
mod edges;
mod email_confirmations;
mod generations;
mod identified_users;
mod initialize;
mod isolation;
mod kill;
mod life;
mod links;
mod literal_requests;
mod logs;
mod media_types;
mod openapi;
mod page_forms;
mod password_reset_confirmations;
mod password_reset_requests;
mod protocol;
mod refresh_tokens;
mod registrations;
mod roles;
mod tenants;
mod token;
mod token_refusals;
mod users;
mod zendesk;
