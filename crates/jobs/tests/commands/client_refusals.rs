use crate::installation::Installation;

on_both!(
    an_unknown_client_is_said_to_be_unknown,
    values_that_a_client_cannot_have_are_refused_in_one_line,
    a_public_client_has_no_secret,
);

/// Everything that can be seen of the clients.
fn clients(installation: &Installation) -> String {
    let list = installation.printed(&["client", "list"]);
    let ids = list.lines().filter_map(|line| line.split('\t').next());
    ids.map(|id| installation.printed(&["client", "show", id]))
        .collect()
}

async fn an_unknown_client_is_said_to_be_unknown(installation: Installation) {
    let before = clients(&installation);
    for command in ["show", "rotate-secret", "enable", "disable", "delete"] {
        assert_eq!(
            installation.refused(&["client", command, "nobody"]),
            "client not found"
        );
    }
    let change = ["client", "change", "nobody", "--no-origins"];
    assert_eq!(installation.refused(&change), "client not found");
    assert_eq!(clients(&installation), before);
}

async fn values_that_a_client_cannot_have_are_refused_in_one_line(installation: Installation) {
    let before = clients(&installation);
    let refused = |arguments: &[&str], reason: &str| {
        assert_eq!(installation.refused(arguments), reason, "{arguments:?}");
    };
    for (options, reason) in [
        (&["--tenant", "acme"][..], "there is no tenant \"acme\""),
        (
            &["--tenant", "not a name"],
            "there is no tenant \"not a name\"",
        ),
        (
            &["--access-lifetime", "59s"],
            "accessLifetime is not within a minute and a day",
        ),
        (
            &["--idle-lifetime", "5m"],
            "idleLifetime is shorter than the access token's",
        ),
        (
            &["--absolute-lifetime", "1d"],
            "absoluteLifetime is shorter than the idle one",
        ),
    ] {
        refused(
            &[
                &["client", "create", "app", "--kind", "confidential"],
                options,
            ]
            .concat(),
            reason,
        );
        refused(&[&["client", "change", "canopy"], options].concat(), reason);
    }
    let public = ["client", "create", "app", "--kind", "public"];
    let itself = "grants allow client_credentials, which needs a secret";
    refused(
        &[&public[..], &["--grant", "client_credentials"]].concat(),
        itself,
    );
    let keep = "refreshPolicy is keep, which needs a secret";
    refused(&[&public[..], &["--refresh", "keep"]].concat(), keep);
    refused(
        &["client", "create", "canopy", "--kind", "public"],
        "the client id is taken",
    );
    assert_eq!(clients(&installation), before);
}

async fn a_public_client_has_no_secret(installation: Installation) {
    assert_eq!(
        installation.printed(&["client", "create", "app", "--kind", "public"]),
        ""
    );
    let before = clients(&installation);

    let reason = installation.refused(&["client", "rotate-secret", "app"]);

    assert_eq!(reason, "a public client has no secret");
    assert_eq!(clients(&installation), before);
}

#[test]
fn a_command_line_that_cannot_be_meant_is_refused_before_anything_is_done() {
    let installation = Installation::on_sqlite();
    let before = clients(&installation);
    for arguments in [
        &["client", "create", "app"][..],
        &["client", "create", "a b", "--kind", "public"],
        &["client", "create", "app", "--kind", "secret"],
        &[
            "client", "create", "app", "--kind", "public", "--grant", "implicit",
        ],
        &[
            "client",
            "create",
            "app",
            "--kind",
            "public",
            "--refresh",
            "never",
        ],
        &[
            "client",
            "create",
            "app",
            "--kind",
            "public",
            "--access-lifetime",
            "soon",
        ],
        &[
            "client",
            "create",
            "app",
            "--kind",
            "public",
            "--origin",
            "https://app.example.com/",
        ],
        &["client", "change", "canopy"],
        &["client", "change", "canopy", "--kind", "public"],
        &[
            "client",
            "change",
            "canopy",
            "--all-tenants",
            "--tenant",
            "platform",
        ],
        &[
            "client",
            "change",
            "canopy",
            "--no-origins",
            "--origin",
            "https://app.example.com",
        ],
    ] {
        let output = installation.run(arguments);

        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(output.stdout, b"", "{arguments:?}");
    }
    assert_eq!(clients(&installation), before);
}
