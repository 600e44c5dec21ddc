use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
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
    fn generate_key(&self, state: KeyState, now: Timestamp) -> Result<SigningKey> {
        let number = self.generated.fetch_add(1, Ordering::SeqCst) + 1;
        Ok(crate::signing_key(&format!("key-{number}"), state, now))
    }

    /// Sealed under the first master key is what ends in `'`.
    fn reseal_key(&self, key: &SigningKey) -> Result<Option<SigningKey>> {
        if key.sealed_private.last() == Some(&b'\'') {
            return Ok(None);
        }
        let mut key = key.clone();
        key.sealed_private.push(b'\'');
        Ok(Some(key))
    }

    fn install_keys(&self, keys: &[SigningKey]) -> Result<()> {
        *self.keys.lock().unwrap() = keys.to_vec();
        Ok(())
    }

    fn key_set(&self) -> Result<Arc<str>> {
        let keys = self.keys.lock().unwrap();
        let ids: Vec<_> = keys.iter().map(|key| key.id.as_str()).collect();
        Ok(ids.join(" ").into())
    }

    fn sign(&self, claims: &AccessClaims) -> Result<Secret<String>> {
        let keys = self.keys.lock().unwrap();
        let key = keys
            .iter()
            .find(|it| it.state == KeyState::Current)
            .ok_or_else(|| Error::unavailable("signing keys", "no current key is installed"))?;
        let mut signed = self.signed.lock().unwrap();
        let token = format!("access-token-{} by {}", signed.len() + 1, key.id);
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

    fn names_unknown_key(&self, token: &str) -> bool {
        let keys = self.keys.lock().unwrap();
        let named = token.split_once(" by ").map(|(_, key)| key);
        named.is_some_and(|key| !keys.iter().any(|it| it.id == key))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::model::Subject;

    use super::*;
    use crate::{at, session, tenant, user};

    #[test]
    fn a_token_is_good_from_its_issue_to_its_end_while_its_key_is_installed() {
        let anna = user(&tenant("acme"), "anna");
        let session = session(&anna, at(0));
        let claims = AccessClaims {
            subject: Subject::User {
                user: anna.id,
                tenant: anna.tenant,
                session: session.id,
                epoch: 0,
                roles: BTreeSet::new(),
            },
            client: session.client,
            token_id: "1".to_owned(),
            issued_at: at(0),
            expires_at: at(60),
        };
        let tokens = FakeTokens::default();
        assert!(tokens.sign(&claims).is_err());
        let key = tokens.generate_key(KeyState::Current, at(0)).unwrap();
        tokens.install_keys(&[key]).unwrap();

        let token = tokens.sign(&claims).unwrap();

        assert_eq!(tokens.verify(token.expose(), at(59)).unwrap(), claims);
        assert!(tokens.verify(token.expose(), at(60)).is_err());
        assert!(tokens.verify(token.expose(), at(-1)).is_err());
        tokens.install_keys(&[]).unwrap();
        assert!(tokens.verify(token.expose(), at(59)).is_err());
    }
}
