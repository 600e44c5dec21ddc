//! A ring that changes while it is in use.

use std::{fs, path::PathBuf, time::Duration};

use domain::{
    Error, Result,
    model::{KeyState, Password, ProofPurpose, Timestamp, Verdict},
    ports::{AccessTokens as _, DerivedSecrets as _, MasterKeyRing as _, PasswordHasher as _},
};
use tempfile::TempDir;
use tokio::time;

use super::{MasterKeys, SETTLING, new_key};
use crate::{Algorithm, BcryptHasher, HasherConfig, HkdfSecrets, JwtAccessTokens, TokenConfig};

/// A ring in a file that can be written.
struct Place {
    _folder: TempDir,
    path: PathBuf,
    keys: MasterKeys,
}

impl Place {
    fn new(ring: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master");
        fs::write(&path, ring.concat()).unwrap();
        Self {
            _folder: folder,
            keys: MasterKeys::load(&path).unwrap(),
            path,
        }
    }

    fn write(&self, text: &str) {
        fs::write(&self.path, text).unwrap();
    }

    /// Reloads in no time.
    async fn reload(&self) -> Result<bool> {
        time::pause();
        let outcome = self.keys.reload().await;
        time::resume();
        outcome
    }

    fn ids(&self) -> Vec<String> {
        let ring = self.keys.ring();
        ring.iter().map(|key| key.id().to_string()).collect()
    }
}

fn cause(outcome: Result<bool>) -> String {
    match outcome {
        Err(Error::Unavailable { cause, .. }) => cause.to_string(),
        other => panic!("{other:?}"),
    }
}

fn now() -> Timestamp {
    Timestamp::from_unix_seconds(1_800_000_000).unwrap()
}

fn tokens(keys: &MasterKeys) -> JwtAccessTokens {
    let config = TokenConfig {
        issuer: "https://members.example".to_owned(),
        audience: "platform".to_owned(),
        algorithm: Algorithm::Es256,
    };
    JwtAccessTokens::new(keys, config)
}

fn hasher(keys: &MasterKeys) -> BcryptHasher {
    let config = HasherConfig {
        cost: 4,
        threads: 1,
        queue: 8,
        queue_timeout: Duration::from_mins(1),
    };
    BcryptHasher::new(keys, config).unwrap()
}

const PURPOSE: ProofPurpose = ProofPurpose::RefreshToken;

#[tokio::test]
async fn rel_16_what_hangs_on_the_ring_follows_it_without_restart() {
    let (old, new) = (new_key(), new_key());
    let place = Place::new(&[&old]);
    let secrets = HkdfSecrets::new(&place.keys);
    let (hasher, tokens) = (hasher(&place.keys), tokens(&place.keys));
    let password = Password::parse("password", "correct".to_owned()).unwrap();
    let mut row = tokens.generate_key(KeyState::Current, now()).unwrap();
    let mut made = Vec::new();

    for (ring, verdicts) in [
        (&[&*old][..], &[Verdict::Match][..]),
        (&[&old, &new], &[Verdict::Match, Verdict::Match]),
        (
            &[&new, &old],
            &[Verdict::Rehash, Verdict::Rehash, Verdict::Match],
        ),
        (
            &[&new],
            &[
                Verdict::Mismatch,
                Verdict::Mismatch,
                Verdict::Match,
                Verdict::Match,
            ],
        ),
    ] {
        place.write(&ring.concat());
        let changed = place.reload().await.unwrap();
        assert_eq!(changed, !made.is_empty(), "{ring:?}");

        tokens.install_keys(std::slice::from_ref(&row)).unwrap();
        if let Some(resealed) = tokens.reseal_key(&row).unwrap() {
            row = resealed;
        }
        made.push((
            secrets.mac(PURPOSE, &[b"x"]),
            hasher.hash(None, &password).await.unwrap(),
        ));
        for ((mac, hash), verdict) in made.iter().zip(verdicts) {
            assert_eq!(secrets.verify(PURPOSE, &[b"x"], mac), *verdict, "{ring:?}");
            assert_eq!(
                hasher.verify(None, &password, Some(hash)).await.unwrap(),
                *verdict,
                "{ring:?}"
            );
        }
    }
    let restarted = self::tokens(&place.keys);
    restarted.install_keys(&[row]).unwrap();
}

#[tokio::test]
async fn rel_16_tokens_outlive_the_master_key_that_sealed_their_key() {
    let (old, new) = (new_key(), new_key());
    let place = Place::new(&[&old]);
    let tokens = tokens(&place.keys);
    let current = tokens.generate_key(KeyState::Current, now()).unwrap();
    let retired = tokens.generate_key(KeyState::Retired, now()).unwrap();
    let rows = [retired, current];
    tokens.install_keys(&rows).unwrap();
    let published = tokens.key_set().unwrap();

    place.write(&new);
    assert!(place.reload().await.unwrap());

    tokens.install_keys(&rows).unwrap();
    assert_eq!(tokens.key_set().unwrap(), published);
    let restarted = self::tokens(&place.keys);
    let refused = restarted.install_keys(&rows);
    assert!(matches!(refused, Err(Error::Unavailable { .. })));
}

#[tokio::test]
async fn a_file_that_is_no_ring_changes_nothing_and_is_told_by_its_line() {
    let (old, new) = (new_key(), new_key());
    let place = Place::new(&[&old]);
    let before = place.ids();

    for (text, reason) in [
        (String::new(), "there is no key"),
        ("# soon\n".to_owned(), "there is no key"),
        (
            format!("{old}{}", &new[..20]),
            "line 2 is not 32 bytes in base64",
        ),
        (
            format!("{new}{old}{new}"),
            "line 3 repeats the id of a line above",
        ),
    ] {
        place.write(&text);
        let told = cause(place.reload().await);
        assert_eq!(
            told,
            format!("the master keys in {}: {reason}", place.path.display())
        );
        assert_eq!(place.ids(), before);
    }
    fs::remove_file(&place.path).unwrap();
    assert!(cause(place.reload().await).contains("No such file"));
    assert_eq!(place.ids(), before);

    place.write(&format!("{new}{old}"));
    assert!(place.reload().await.unwrap());
    assert_eq!(place.ids()[1..], before);
}

#[tokio::test]
async fn a_file_that_says_the_same_is_no_change() {
    let (old, new) = (new_key(), new_key());
    let place = Place::new(&[&new, &old]);

    place.write(&format!("# new\n{new}\n# old\n{old}"));

    assert!(!place.reload().await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_ring_that_is_still_being_written_is_not_taken_up() {
    let (old, new) = (new_key(), new_key());
    let place = Place::new(&[&old]);
    let before = place.ids();
    place.write(&new);

    let writing_on = async {
        time::sleep(SETTLING / 2).await;
        place.write(&format!("{new}{old}"));
    };
    let (changed, ()) = tokio::join!(place.keys.reload(), writing_on);

    assert!(!changed.unwrap());
    assert_eq!(place.ids(), before);
    assert!(place.keys.reload().await.unwrap());
    assert_eq!(place.ids()[1..], before);
}

#[tokio::test(start_paused = true)]
async fn a_reading_that_hangs_holds_others_up_to_their_deadline_and_no_longer() {
    let place = Place::new(&[&new_key()]);
    let before = place.ids();
    place.write(&new_key());
    let hanging = place.keys.file.clone().lock_owned().await;

    assert_eq!(cause(place.keys.reload().await), "deadline has elapsed");

    assert_eq!(place.ids(), before);
    drop(hanging);
    assert!(place.keys.reload().await.unwrap());
}
