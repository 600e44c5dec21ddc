use domain::model::{Action, Decision, Relation, decide};

/// Contract section 7, letter by letter: anonymous, oneself, tenant administrator, others.
#[test]
fn the_table_is_the_contracts() {
    use Decision::{Allowed as Yes, Forbidden as No, Unauthenticated as Who};

    for (action, anonymous, oneself, administrator, stranger) in [
        (Action::RegisterUser, Who, No, Yes, No),
        (Action::ReadRoles, Who, Yes, Yes, No),
        (Action::WriteRoles, Who, No, Yes, No),
        (Action::IssueSupportToken, Who, Yes, No, No),
        (Action::EndSessions, Who, Yes, Yes, No),
        (Action::ManageSessions, Who, Yes, Yes, No),
        (Action::ListUsers, Who, No, Yes, No),
        (Action::ReadAccount, Who, Yes, Yes, No),
        (Action::ChangeAccount, Who, Yes, Yes, No),
        (Action::EnableUsers, Who, No, Yes, No),
    ] {
        let decisions = [
            Relation::Anonymous,
            Relation::Oneself,
            Relation::TenantAdministrator,
            Relation::Stranger,
        ]
        .map(|relation| decide(action, relation));
        assert_eq!(
            decisions,
            [anonymous, oneself, administrator, stranger],
            "{action:?}"
        );
    }
    assert_eq!(decide(Action::ListUsers, Relation::Member), Yes);
}

#[test]
fn nobody_signs_in_as_somebody_else_at_the_support_desk() {
    for relation in Relation::ALL
        .into_iter()
        .filter(|it| *it != Relation::Oneself)
    {
        assert_ne!(
            decide(Action::IssueSupportToken, relation),
            Decision::Allowed,
            "{relation:?}"
        );
    }
}

#[test]
fn nothing_in_the_table_is_allowed_to_callers_without_a_token() {
    for action in Action::ALL {
        assert_eq!(
            decide(action, Relation::Anonymous),
            Decision::Unauthenticated,
            "{action:?}"
        );
    }
}

#[test]
fn a_client_that_acts_for_itself_may_do_nothing_here() {
    for action in Action::ALL {
        let decision = decide(action, Relation::Client);
        assert_eq!(decision, Decision::Forbidden, "{action:?}");
    }
}

#[test]
fn clients_and_keys_are_the_platforms_alone() {
    for action in [Action::ManageClients, Action::ManageKeys] {
        for relation in Relation::ALL {
            let the_platforms = [Relation::PlatformAdministrator, Relation::Operator];
            let expected = the_platforms.contains(&relation);
            let allowed = decide(action, relation) == Decision::Allowed;
            assert_eq!(allowed, expected, "{action:?} by {relation:?}");
        }
    }
}
