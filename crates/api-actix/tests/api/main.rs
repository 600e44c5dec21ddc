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
mod crossing;
mod home;
mod http;
mod mailbox;
mod matrix;
mod oauth_client;
mod operations;
mod passwords;
mod people;
mod process;
mod replicas;
mod state;

mod account_settings;
mod answers;
mod authorization;
mod bodies;
mod client_authentication;
mod client_values;
mod clients;
mod cors;
mod discovery;
mod edges;
mod email_confirmations;
mod error_pages;
mod framing;
mod freshness;
mod generations;
mod guessing;
mod hostile_values;
mod identified_users;
mod initialize;
mod isolation;
mod key_rotation;
mod kill;
mod languages;
mod life;
mod links;
mod literal_requests;
mod logs;
mod mail_faults;
mod mail_limits;
mod mail_replicas;
mod mail_settings;
mod media_types;
mod metrics;
mod open_calls;
mod openapi;
mod page_forms;
mod password_reset_confirmations;
mod password_reset_requests;
mod protocol;
mod reach;
mod redirects;
mod refresh_races;
mod refresh_tokens;
mod registrations;
mod roles;
mod sessions;
mod slow_clients;
mod smuggling;
mod sources;
mod start;
mod tenants;
mod token;
mod token_refusals;
mod token_status;
mod token_table;
mod uniform;
mod userinfo;
mod users;
mod zendesk;
