//! What membership is: values, entities, ports and services.
//!
//! The crate knows no database, no HTTP and no mail protocol. A web server and a batch job use the same services over
//! the same ports, and every service checks the right of its [`model::Actor`] itself.

#![warn(missing_docs)]

pub mod error;
pub mod model;
pub mod ports;
pub mod services;

pub use error::{Error, Result};
pub use services::{Membership, Policy, Ports};
