use domain::model::{Actor, KeyState, SigningKey};

use crate::installation::{FIRST_KEY, Installation, SECOND_KEY};

on_both!(
    keys_are_listed_oldest_first,
    a_rotation_right_after_the_start_is_refused_with_the_moment_and_done_at_once_if_asked,
    only_a_retired_key_is_dropped,
    keys_are_resealed_once_and_then_the_old_master_key_can_go,
);

/// Starts a server once, as far as its keys are concerned.
async fn start(installation: &Installation) -> domain::Result<()> {
    installation.membership().await.signing_keys.tend().await
}

/// Id and state of each key, as listed.
fn listed(installation: &Installation) -> Vec<(String, String)> {
    let list = installation.printed(&["keys", "list"]);
    let id_and_state = |line: &str| {
        let fields: Vec<_> = line.split('\t').collect();
        (fields[0].to_owned(), fields[2].to_owned())
    };
    list.lines().map(id_and_state).collect()
}

fn of_state(listed: &[(String, String)], state: KeyState) -> &str {
    let mut found = listed.iter().filter(|(_, named)| named == state.name());
    let (id, _) = found.next().unwrap();
    assert!(found.next().is_none(), "one key is {}", state.name());
    id
}

async fn keys_are_listed_oldest_first(installation: Installation) {
    assert_eq!(installation.printed(&["keys", "list"]), "");
    let refusal = installation.refused(&["keys", "rotate"]);
    assert_eq!(refusal, "there is no next key yet");
    start(&installation).await.unwrap();

    let list = installation.printed(&["keys", "list"]);

    let membership = installation.membership().await;
    let keys = membership
        .signing_keys
        .all(&Actor::operator("test"))
        .await
        .unwrap();
    let expected: Vec<_> = keys
        .iter()
        .map(|key| {
            let (state, created) = (key.state.name(), key.created_at);
            format!("{}\tES256\t{state}\t{created}\t{created}", key.id)
        })
        .collect();
    assert_eq!(list.lines().collect::<Vec<_>>(), expected);
    assert_eq!(expected.len(), 2);
}

async fn a_rotation_right_after_the_start_is_refused_with_the_moment_and_done_at_once_if_asked(
    installation: Installation,
) {
    start(&installation).await.unwrap();
    let before = listed(&installation);
    let (current, next) = (
        of_state(&before, KeyState::Current),
        of_state(&before, KeyState::Next),
    );

    let refusal = installation.refused(&["keys", "rotate"]);

    let membership = installation.membership().await;
    let keys = membership
        .signing_keys
        .all(&Actor::operator("test"))
        .await
        .unwrap();
    drop(membership);
    let published = keys.iter().find(|key| key.id == next).unwrap().since;
    let moment = published.plus(SigningKey::PUBLISHED_AHEAD);
    assert_eq!(
        refusal,
        format!(
            "the next key was published less than 10 minutes ago: possible from {moment}, or with --at-once"
        )
    );
    assert_eq!(listed(&installation), before);

    let signs = installation.printed(&["keys", "rotate", "--at-once"]);

    assert_eq!(signs.trim_end(), next);
    let after = listed(&installation);
    assert_eq!(after.len(), 3);
    assert_eq!(of_state(&after, KeyState::Retired), current);
    assert_eq!(of_state(&after, KeyState::Current), next);
    start(&installation).await.unwrap();
    assert_eq!(listed(&installation), after);
}

async fn only_a_retired_key_is_dropped(installation: Installation) {
    start(&installation).await.unwrap();
    installation.printed(&["keys", "rotate", "--at-once"]);
    let before = listed(&installation);
    let (retired, current) = (
        of_state(&before, KeyState::Retired),
        of_state(&before, KeyState::Current),
    );

    for id in [current, of_state(&before, KeyState::Next), "-unknown"] {
        let reason = installation.refused(&["keys", "drop", id]);
        assert_eq!(reason, "there is no retired key of that id");
    }
    assert_eq!(listed(&installation), before);

    assert_eq!(installation.printed(&["keys", "drop", retired]), "");
    let after = listed(&installation);
    assert_eq!(after.len(), 2);
    assert!(after.iter().all(|(id, _)| id != retired));
}

async fn keys_are_resealed_once_and_then_the_old_master_key_can_go(installation: Installation) {
    start(&installation).await.unwrap();
    let keys = listed(&installation);
    installation.write_master_keys(SECOND_KEY);
    assert!(
        start(&installation).await.is_err(),
        "the keys hang on the old master key"
    );

    installation.write_master_keys(&format!("{SECOND_KEY}{FIRST_KEY}"));
    assert_eq!(
        installation.printed(&["keys", "reseal"]),
        "resealed 2 keys\n"
    );
    assert_eq!(
        installation.printed(&["keys", "reseal"]),
        "resealed 0 keys\n"
    );

    installation.write_master_keys(SECOND_KEY);
    assert_eq!(listed(&installation), keys);
    start(&installation).await.unwrap();
    assert_eq!(listed(&installation), keys);
}

#[tokio::test]
async fn rel_16_a_job_rotates_the_keys_beside_a_server_that_takes_them_up() {
    let installation = Installation::on_postgres().await;
    let server = installation.membership().await;
    server.signing_keys.tend().await.unwrap();
    let published = server.signing_keys.key_set().unwrap();

    let signs = installation.printed(&["keys", "rotate", "--at-once"]);

    server.signing_keys.tend().await.unwrap();
    let now_published = server.signing_keys.key_set().unwrap();
    assert!(published.contains(signs.trim_end()), "published ahead");
    for (id, _) in listed(&installation) {
        assert!(now_published.contains(&id), "{id}");
    }
    assert_ne!(published, now_published);
}
