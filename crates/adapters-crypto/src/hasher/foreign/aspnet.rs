//! The password hasher of ASP.NET Core Identity: base64 of a format marker and what follows it.

use data_encoding::BASE64;

use super::{
    Digest, Unusable,
    pbkdf2::{Function, Pbkdf2},
};

const V2: u8 = 0;
const V3: u8 = 1;

/// - version 2: a salt of 16 bytes, 32 bytes of PBKDF2-SHA1 with 1,000 iterations
/// - version 3: function, iterations and length of the salt in 32 bits each, big-endian; salt, output
pub(super) fn parse(text: &str) -> Result<Pbkdf2, Unusable> {
    let bytes = BASE64
        .decode(text.as_bytes())
        .map_err(|_| Unusable::Unknown)?;
    match bytes.split_first() {
        Some((&V2, rest)) if rest.len() == 48 => {
            let (salt, output) = rest.split_at(16);
            Pbkdf2::new(
                Function::Sha1,
                1000,
                Digest::new(salt.to_vec(), output.to_vec())?,
            )
        }
        Some((&V3, rest)) => v3(rest).ok_or(Unusable::Unknown)?,
        _ => Err(Unusable::Unknown),
    }
}

fn v3(bytes: &[u8]) -> Option<Result<Pbkdf2, Unusable>> {
    let (function, rest) = bytes.split_first_chunk()?;
    let (iterations, rest) = rest.split_first_chunk()?;
    let (salt_len, rest) = rest.split_first_chunk()?;
    let function = match u32::from_be_bytes(*function) {
        0 => Function::Sha1,
        1 => Function::Sha256,
        2 => Function::Sha512,
        _ => return None,
    };
    let salt_len = usize::try_from(u32::from_be_bytes(*salt_len)).ok()?;
    let (salt, output) = rest.split_at_checked(salt_len)?;
    let digest = Digest::new(salt.to_vec(), output.to_vec()).ok()?;
    Some(Pbkdf2::new(
        function,
        u32::from_be_bytes(*iterations),
        digest,
    ))
}
