//! Everything that needs cryptography: the master key ring and what is derived from it, password hashing, access
//! tokens, and the sources of chance and time.
//!
//! | file | port |
//! |---|---|
//! | `entropy`, `clock` | `Entropy`, `Clock` |
//! | `master_keys` | `MasterKeyRing`: what the rest takes its keys from |
//! | `derived` | `DerivedSecrets` |
//! | `seal` | none: encrypts the private part of signing keys |
//! | `hasher` | `PasswordHasher` |
//! | `common_passwords` | `CommonPasswords` |
//! | `access_tokens` | `AccessTokens`; [`JwtAccessTokens`] lists what is checked of a token, and what its library would not |

#![warn(missing_docs)]

mod access_tokens;
mod clock;
mod common_passwords;
mod derived;
mod entropy;
mod hasher;
mod master_keys;
mod seal;

pub use access_tokens::{Algorithm, JwtAccessTokens, TokenConfig, UnknownAlgorithm};
pub use clock::SystemClock;
pub use common_passwords::CommonPasswordFilter;
pub use derived::HkdfSecrets;
pub use entropy::SystemEntropy;
pub use hasher::{BcryptHasher, HasherConfig, HasherError, measure_cost};
pub use master_keys::{MasterKeyError, MasterKeys};
