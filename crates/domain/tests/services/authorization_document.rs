//! `docs/authorization.md` is the permission table, printed. `UPDATE_DOCS=1 cargo test -p domain` writes it anew.

use std::{fmt::Write as _, fs, path::Path};

use domain::model::{Action, Decision, Relation, decide};

const INTRODUCTION: &str = "\
# Who may do what

Printed from `crates/domain/src/model/permission.rs` by a test; `UPDATE_DOCS=1 cargo test -p domain` writes it anew.

A caller who stands in several relations may do what any of them allows: an administrator is also a member of the tenant
and, towards the own account, oneself. The answer is the same whether or not the tenant or user in the path exists.
[Which status each call of each caller gets](authorization-matrix.md) is written by hand, and tested against the server.

- **anonymous**: no token. **client**: a client's own token (`client_credentials`), for the platform's other services.
- **stranger**: signed in, in another tenant. **member**: signed in, in the same tenant.
- **oneself**: the user that the operation is about.
- **tenant administrator**: holds `TenantAdministrator` in the same tenant.
- **platform administrator**: holds `Administrator`, which the platform's own tenant alone can give.
- **operator**: a program of the operator, such as `membership-jobs`.

401: a valid access token is needed. 403: the caller is known and may not.

";

const OPEN: &str = "
\\* The contract leaves these open to everybody (sections 4.2, 4.6, 4.8), and so are they by default: the answer never tells
whether the ids exist. The row holds once the setting `access.anonymous_sign_out`,
`access.anonymous_confirmation_request` or `access.anonymous_initialize` is `false`.

\\*\\* A password is changed by its owner alone, who knows the present one; an administrator has a reset mail sent. The
account of a platform administrator is changed by oneself and by platform administrators alone.

Always open to everybody, and deaf to any token sent along: signing in and refreshing, confirming an address, requesting,
checking and confirming a password reset, identified users, the hosted pages.
";

#[test]
fn the_document_is_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/authorization.md");
    let table = document();

    if updates_are_wanted() {
        fs::write(&path, &table).unwrap();
    }

    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        table,
        "run UPDATE_DOCS=1 cargo test -p domain"
    );
}

fn document() -> String {
    let mut text = INTRODUCTION.to_owned();
    let columns: Vec<_> = Relation::ALL
        .iter()
        .map(|relation| column(*relation))
        .collect();
    writeln!(text, "| action | {} |", columns.join(" | ")).unwrap();
    writeln!(text, "|---|{}", "---|".repeat(columns.len())).unwrap();
    for action in Action::ALL {
        let answers: Vec<_> = Relation::ALL
            .iter()
            .map(|relation| answer(decide(action, *relation)))
            .collect();
        writeln!(text, "| {} | {} |", row(action), answers.join(" | ")).unwrap();
    }
    text + OPEN
}

fn answer(decision: Decision) -> &'static str {
    match decision {
        Decision::Allowed => "yes",
        Decision::Unauthenticated => "401",
        Decision::Forbidden => "403",
    }
}

fn column(relation: Relation) -> &'static str {
    match relation {
        Relation::Anonymous => "anonymous",
        Relation::Client => "client",
        Relation::Stranger => "stranger",
        Relation::Member => "member",
        Relation::Oneself => "oneself",
        Relation::TenantAdministrator => "tenant administrator",
        Relation::PlatformAdministrator => "platform administrator",
        Relation::Operator => "operator",
    }
}

fn row(action: Action) -> &'static str {
    match action {
        Action::RegisterUser => "register a user",
        Action::ImportUser => "register a user with a foreign password hash, never over HTTP",
        Action::ListUsers => "list the users of a tenant",
        Action::ReadRoles => "read a user's roles",
        Action::WriteRoles => "grant or revoke a role",
        Action::WriteAdministrators => "grant or revoke `Administrator`",
        Action::IssueSupportToken => "get a Zendesk token",
        Action::ReadAccount => "see an account's settings",
        Action::ChangeAccount => "change an account \\*\\*",
        Action::EnableUsers => "enable or disable somebody else",
        Action::EndSessions => "end a user's sessions \\*",
        Action::ManageSessions => "see a user's sessions, end one of them",
        Action::RequestConfirmation => "request a confirmation mail \\*",
        Action::ListTenants => "list all tenants",
        Action::ReadTenant => "read one tenant",
        Action::WriteTenants => "create, change or delete a tenant",
        Action::ReadMailSettings => "see the sender and the words of a tenant's mails",
        Action::WriteMailSettings => "change the sender and the words of a tenant's mails",
        Action::Initialize => "initialise a new instance \\*",
        Action::ManageMail => "see, retry and drop queued mail",
        Action::ManageClients => "see, create, change or delete a client",
        Action::ManageKeys => "see, rotate and drop signing keys",
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a switch of the test run, not a setting of the product"
)]
fn updates_are_wanted() -> bool {
    std::env::var("UPDATE_DOCS").is_ok()
}
