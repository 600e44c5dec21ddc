//! `membership-jobs` as an operator runs it: a process, its output and its exit code.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a broken fixture must stop the test"
)]

/// Makes of each function a test on SQLite and one on PostgreSQL.
macro_rules! on_both {
    ($($test:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $test() {
                super::$test($crate::installation::Installation::on_sqlite()).await;
            })*
        }
        mod postgres {
            $(#[tokio::test]
            async fn $test() {
                super::$test($crate::installation::Installation::on_postgres().await).await;
            })*
        }
    };
}

mod client_refusals;
mod clients;
mod installation;
mod instances;
mod keys;
mod mail;
mod preview;
