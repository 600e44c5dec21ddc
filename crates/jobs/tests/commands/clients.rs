use domain::{
    Error, Membership,
    model::{Actor, Secret},
    services::ClientCredentials,
};

use crate::installation::Installation;

on_both!(
    a_client_is_made_with_the_values_given,
    what_is_not_given_is_as_safe_as_the_kind_allows,
    a_change_sets_what_is_given_and_leaves_the_rest,
    a_printed_secret_is_good_until_the_next_but_one,
    a_disabled_client_is_refused_until_it_is_enabled,
    a_deleted_client_is_gone_and_its_id_stays_taken,
);

/// The lines of `client show`, but for the moment of creation.
fn shown(installation: &Installation, id: &str) -> Vec<String> {
    let shown = installation.printed(&["client", "show", id]);
    let lines = shown.lines().map(str::to_owned);
    lines
        .filter(|line| !line.starts_with("created\t"))
        .collect()
}

async fn platform(installation: &Installation) -> String {
    let (membership, operator) = (installation.membership().await, Actor::operator("test"));
    membership.tenants.all(&operator).await.unwrap()[0]
        .id
        .to_string()
}

async fn a_client_is_made_with_the_values_given(installation: Installation) {
    let platform = platform(&installation).await;
    let mut create = vec!["client", "create", "app", "--kind", "confidential"];
    create.extend(["--grant", "client_credentials", "--grant", "password"]);
    create.extend(["--refresh", "rotate", "--access-lifetime", "90s"]);
    create.extend(["--idle-lifetime", "12h", "--absolute-lifetime", "7d"]);
    create.extend(["--tenant", "Platform", "--tenant", &platform]);
    create.extend([
        "--origin",
        "https://b.example.com",
        "--origin",
        "https://a.example.com",
    ]);

    let secret = installation.printed(&create);

    assert_eq!((secret.len(), secret.lines().count()), (25, 1));
    let shown = shown(&installation, "app");
    assert_eq!(
        shown,
        [
            "id\tapp",
            "kind\tconfidential",
            "state\tenabled",
            "grant\tpassword",
            "grant\tclient_credentials",
            "refresh\trotate",
            "access-lifetime\t90s",
            "idle-lifetime\t12h",
            "absolute-lifetime\t7d",
            &format!("tenant\t{platform}"),
            "origin\thttps://a.example.com",
            "origin\thttps://b.example.com",
            "secrets\t1",
        ]
    );
    let list = installation.printed(&["client", "list"]);
    let (app, first) = list.trim_end().split_once('\n').unwrap();
    let (values, created) = app.rsplit_once('\t').unwrap();
    let expected =
        "app\tconfidential\tenabled\tpassword,client_credentials\trotate\t90s\t12h\t7d\t1\t1";
    assert_eq!(values, expected);
    assert!(created.ends_with('Z'), "{created}");
    let expected =
        "canopy\tconfidential\tenabled\tpassword,refresh_token\tkeep\t10m\t30d\t365d\t0\t1\t";
    assert!(first.starts_with(expected), "{first}");
}

async fn what_is_not_given_is_as_safe_as_the_kind_allows(installation: Installation) {
    for (kind, refresh, secrets) in [("confidential", "keep", "1"), ("public", "rotate", "0")] {
        let secret = installation.printed(&["client", "create", kind, "--kind", kind]);

        assert_eq!(secret.lines().count().to_string(), secrets);
        let shown = shown(&installation, kind);
        assert_eq!(
            shown,
            [
                &format!("id\t{kind}"),
                &format!("kind\t{kind}"),
                "state\tenabled",
                "grant\trefresh_token",
                &format!("refresh\t{refresh}"),
                "access-lifetime\t10m",
                "idle-lifetime\t30d",
                "absolute-lifetime\t365d",
                &format!("secrets\t{secrets}"),
            ]
        );
    }
}

async fn a_change_sets_what_is_given_and_leaves_the_rest(installation: Installation) {
    let mut create = vec![
        "client", "create", "app", "--kind", "public", "--tenant", "platform",
    ];
    create.extend(["--origin", "https://app.example.com"]);
    installation.printed(&create);
    let before = shown(&installation, "app");

    let change = |options: &[&str]| {
        let arguments = [&["client", "change", "app"], options].concat();
        assert_eq!(installation.printed(&arguments), "");
        shown(&installation, "app")
    };

    let grants = change(&["--grant", "password"]);
    assert!(grants.contains(&"grant\tpassword".to_owned()));
    assert!(!grants.contains(&"grant\trefresh_token".to_owned()));
    assert_eq!(change(&["--grant", "refresh_token"]), before);

    let lifetimes = change(&["--access-lifetime", "1h", "--absolute-lifetime", "60d"]);
    for line in [
        "access-lifetime\t1h",
        "idle-lifetime\t30d",
        "absolute-lifetime\t60d",
    ] {
        assert!(lifetimes.contains(&line.to_owned()), "{line}");
    }
    let origins = change(&["--origin", "http://localhost:3000"]);
    assert_eq!(
        starting("origin", &origins),
        ["origin\thttp://localhost:3000"]
    );
    assert_eq!(starting("tenant", &origins), starting("tenant", &before));

    let open = change(&["--all-tenants", "--no-origins"]);
    assert_eq!(starting("origin", &open), [""; 0]);
    assert_eq!(starting("tenant", &open), [""; 0]);
}

fn starting<'a>(name: &str, lines: &'a [String]) -> Vec<&'a str> {
    let lines = lines.iter().map(String::as_str);
    lines.filter(|line| line.starts_with(name)).collect()
}

/// A client of that name that acts for itself; its secret.
fn service(installation: &Installation, id: &str) -> String {
    let grant = ["--kind", "confidential", "--grant", "client_credentials"];
    installation.printed(&[&["client", "create", id], &grant[..]].concat())
}

/// Whether each secret, as it was printed, is good for `client`.
async fn good<const N: usize>(
    installation: &Installation,
    client: &str,
    printed: [&String; N],
) -> [bool; N] {
    let membership = installation.membership().await;
    membership.signing_keys.tend().await.unwrap();
    let mut good = [false; N];
    for (good, secret) in good.iter_mut().zip(printed) {
        *good = proves(&membership, client, secret.trim_end()).await;
    }
    good
}

async fn proves(membership: &Membership, client: &str, secret: &str) -> bool {
    let credentials = ClientCredentials {
        id: client.to_owned(),
        secret: Some(Secret::new(secret.to_owned())),
    };
    let nobody = Actor::anonymous(None);
    match membership
        .tokens
        .client_credentials(&nobody, &credentials)
        .await
    {
        Ok(_) => true,
        Err(Error::BadClient) => false,
        Err(error) => panic!("{error}"),
    }
}

async fn a_printed_secret_is_good_until_the_next_but_one(installation: Installation) {
    let first = service(&installation, "app");
    let second = installation.printed(&["client", "rotate-secret", "app"]);
    assert_eq!(
        good(&installation, "app", [&first, &second]).await,
        [true, true]
    );
    assert!(shown(&installation, "app").contains(&"secrets\t2".to_owned()));

    let third = installation.printed(&["client", "rotate-secret", "app"]);

    let all = good(&installation, "app", [&first, &second, &third]).await;
    assert_eq!(all, [false, true, true]);
    assert!(shown(&installation, "app").contains(&"secrets\t2".to_owned()));
}

async fn a_disabled_client_is_refused_until_it_is_enabled(installation: Installation) {
    let secret = service(&installation, "app");

    for (command, state, refused) in [("disable", "disabled", false), ("enable", "enabled", true)] {
        assert_eq!(installation.printed(&["client", command, "app"]), "");
        assert_eq!(good(&installation, "app", [&secret]).await, [refused]);
        assert!(shown(&installation, "app").contains(&format!("state\t{state}")));
    }
}

async fn a_deleted_client_is_gone_and_its_id_stays_taken(installation: Installation) {
    let secret = service(&installation, "app");

    assert_eq!(installation.printed(&["client", "delete", "app"]), "");

    assert_eq!(good(&installation, "app", [&secret]).await, [false]);
    assert_eq!(
        installation.refused(&["client", "show", "app"]),
        "client not found"
    );
    let again = installation.refused(&["client", "create", "app", "--kind", "public"]);
    assert_eq!(again, "the client id is taken");
    assert_eq!(installation.printed(&["client", "list"]).lines().count(), 1);
}
