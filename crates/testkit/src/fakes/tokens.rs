use std::{
    collections::HashMap,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use domain::{
    Error, Result,
    model::{AccessClaims, KeyState, Secret, SigningKey, Timestamp},
    ports::AccessTokens,
};

/// Remembers what it signed. As with real ones, a current key must be installed to sign, and a token is good only while
/// its key is installed.
#[derive(Default)]
pub struct FakeTokens {
    generated: AtomicUsize,
    keys: Mutex<Vec<SigningKey>>,
    signed: Mutex<HashMap<String, (String, AccessClaims)>>,
}

impl AccessTokens for FakeTokens {
    fn generate_key(&self, now: Timestamp) -> Result<SigningKey> {
        let number = self.generated.fetch_add(1, Ordering::SeqCst) + 1;
        let id = format!("key-{number}");
        Ok(crate::signing_key(&id, KeyState::Current, now))
    }

    fn install_keys(&self, keys: &[SigningKey]) -> Result<()> {
        *self.keys.lock().unwrap() = keys.to_vec();
        Ok(())
    }

    fn sign(&self, claims: &AccessClaims) -> Result<Secret<String>> {
        let keys = self.keys.lock().unwrap();
        let key = keys
            .iter()
            .find(|it| it.state == KeyState::Current)
            .ok_or_else(|| Error::unavailable("signing keys", "no current key is installed"))?;
        let mut signed = self.signed.lock().unwrap();
        let token = format!("access-token-{}", signed.len() + 1);
        signed.insert(token.clone(), (key.id.clone(), claims.clone()));
        Ok(Secret::new(token))
    }

    fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims> {
        let keys = self.keys.lock().unwrap();
        let signed = self.signed.lock().unwrap();
        signed
            .get(token)
            .filter(|(key, _)| keys.iter().any(|it| it.id == *key))
            .map(|(_, claims)| claims.clone())
            .filter(|claims| claims.issued_at <= now && now < claims.expires_at)
            .ok_or(Error::Unauthenticated)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{at, session, tenant, user};

    #[test]
    fn a_token_is_good_from_its_issue_to_its_end_while_its_key_is_installed() {
        let anna = user(&tenant("acme"), "anna");
        let session = session(&anna, at(0));
        let claims = AccessClaims {
            user: anna.id,
            tenant: anna.tenant,
            client: session.client,
            session: session.id,
            token_id: "1".to_owned(),
            roles: BTreeSet::new(),
            epoch: 0,
            issued_at: at(0),
            expires_at: at(60),
        };
        let tokens = FakeTokens::default();
        assert!(tokens.sign(&claims).is_err());
        let key = tokens.generate_key(at(0)).unwrap();
        tokens.install_keys(&[key]).unwrap();

        let token = tokens.sign(&claims).unwrap();

        assert_eq!(tokens.verify(token.expose(), at(59)).unwrap(), claims);
        assert!(tokens.verify(token.expose(), at(60)).is_err());
        assert!(tokens.verify(token.expose(), at(-1)).is_err());
        tokens.install_keys(&[]).unwrap();
        assert!(tokens.verify(token.expose(), at(59)).is_err());
    }
}
