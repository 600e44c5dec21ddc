//! The services on the memory store, with a clock and chance of our own.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a broken fixture must stop the test"
)]

mod accounts;
mod address_changes;
mod anna;
mod authorization_document;
mod callers;
mod client_credentials;
mod client_secrets;
mod clients;
mod clocks;
mod delivery;
mod email_confirmation;
mod guessing;
mod initialization;
mod instance;
mod introspection;
mod lab;
mod mail_limits;
mod mail_requests;
mod mail_settings;
mod open_calls;
mod overtaken;
mod password_reset;
mod password_verdicts;
mod permissions;
mod refresh;
mod refresh_faults;
mod registration;
mod revocation;
mod roles;
mod sessions;
mod sign_in;
mod signing_keys;
mod support_desk;
mod tenants;
mod uniform;
mod world;
