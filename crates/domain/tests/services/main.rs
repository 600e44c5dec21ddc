//! The services on the memory store, with a clock and chance of our own.

#![expect(clippy::unwrap_used, reason = "a broken fixture must stop the test")]

mod authorization_document;
mod delivery;
mod email_confirmation;
mod initialization;
mod lab;
mod overtaken;
mod password_reset;
mod permissions;
mod registration;
mod roles;
mod support_desk;
mod tenants;
mod tokens;
