//! Calls that name ids out of the caller's reach: of another tenant, of nobody, of no form, and all of them mixed.

use std::collections::BTreeMap;

use crate::{
    answer::CANARY,
    authorization::call,
    crossing::{Crossing, Subject, session_of},
    home::Backend,
    matrix::{ACTORS, ADMINISTRATOR, ANONYMOUS, ONESELF, PLATFORM, Row, STRANGERS, Values},
};

on_both![sec_32_what_is_out_of_reach_answers_the_same_whether_or_not_it_exists];

const MISSING: &str = "d08403aec32847de974af1008cef86cc";

/// Whose id stands in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    /// The one that the call is about when it succeeds.
    Subjects,
    /// Another's in the same tenant.
    Neighbours,
    /// Another's in another tenant.
    Foreigners,
    Nobodys,
    /// No id at all.
    Malformed,
}

use Whose::{Foreigners, Malformed, Neighbours, Nobodys, Subjects};

async fn sec_32_what_is_out_of_reach_answers_the_same_whether_or_not_it_exists(on: Backend) {
    let crossing = Crossing::new(on).await;

    for row in Row::all() {
        let ids = choices(&row);
        if ids.is_empty() {
            continue;
        }
        let mut at_home = Vec::new();
        for actor in 0..ACTORS.len() {
            let subject = crossing.good_subject(&row).await;
            at_home.push(call(&crossing, &row, actor, &subject).await.face());
        }
        let subject = crossing.subject(&row).await;
        let before = crossing.sight(&subject).await;
        for (actor, at_home) in at_home.iter().enumerate() {
            let mut faces = BTreeMap::new();
            for chosen in combinations(&ids) {
                let Some(depth) = depth(&row, actor, &chosen) else {
                    continue;
                };
                let request = row.request(&crossing.app, &named(&crossing, &subject, &chosen));
                let answer = crossing.by(actor, &subject, request).send().await;
                let told = format!("{} with {chosen:?}: {row:?}: {answer}", ACTORS[actor]);
                let face = answer.face();
                assert!(answer.status >= 400 || face == *at_home, "{told}");
                let first = faces.entry(depth).or_insert_with(|| face.clone());
                assert_eq!(face, *first, "{told}");
            }
            assert!(!faces.is_empty(), "{row:?}");
        }
        let after = crossing.sight(&subject).await;
        assert_eq!(after, before, "{row:?}");
    }
}

/// The ids that the call names, from the widest to the narrowest, each with all that may stand there. In a body, what is no
/// id is told apart (400), and says nothing of what exists.
fn choices(row: &Row) -> Vec<(&'static str, Vec<Whose>)> {
    let all: [(_, &[Whose]); 4] = [
        ("tenantId", &[Subjects, Foreigners, Nobodys, Malformed]),
        (
            "userId",
            &[Subjects, Neighbours, Foreigners, Nobodys, Malformed],
        ),
        (
            "sessionId",
            &[Subjects, Neighbours, Foreigners, Nobodys, Malformed],
        ),
        ("clientId", &[Subjects, Nobodys, Malformed]),
    ];
    let named = all.into_iter().filter(|(id, _)| row.names(id));
    named
        .map(|(id, whose)| {
            let may_stand = |it: &Whose| *it != Malformed || row.path.contains(id);
            (id, whose.iter().copied().filter(may_stand).collect())
        })
        .collect()
}

type Chosen = Vec<(&'static str, Whose)>;

fn combinations(ids: &[(&'static str, Vec<Whose>)]) -> Vec<Chosen> {
    ids.iter().fold(vec![Vec::new()], |chosen, (id, whose)| {
        let longer = |chosen: &Chosen| {
            let each = whose.iter().map(|it| (*id, *it));
            each.map(|last| [&**chosen, &[last]].concat())
                .collect::<Vec<_>>()
        };
        chosen.iter().flat_map(longer).collect()
    })
}

/// How many of the ids are within the caller's reach before the first that is not. Calls of one depth must answer the
/// same. `None` if all of them are.
fn depth(row: &Row, actor: usize, chosen: &Chosen) -> Option<usize> {
    let whose = |id: &str| chosen.iter().find(|it| it.0 == id).map(|it| it.1);
    let open = row.succeeds(ANONYMOUS);
    let everywhere = open || actor == PLATFORM;
    // What is foreign to the subject is home to them; there they are like those at the subject's home.
    if !open && STRANGERS.contains(&actor) && whose("tenantId") == Some(Foreigners) {
        return None;
    }
    // They reach the account, where they may not do this one thing.
    let reaches = row.succeeds(actor) || [ADMINISTRATOR, PLATFORM].contains(&actor);
    let client = whose("clientId");
    match (whose("tenantId"), whose("userId")) {
        _ if !reaches => Some(0),
        (None, Some(user)) => (user != Subjects).then_some(0),
        (None, None) => (client != Some(Subjects)).then_some(0),
        (Some(Nobodys | Malformed), _) => Some(0),
        (Some(tenant), _) if tenant == Foreigners && !everywhere => Some(0),
        (Some(_), None) => None,
        (Some(_), Some(user)) if actor == ONESELF && !open && user != Subjects => Some(0),
        (Some(Foreigners), Some(Foreigners)) | (Some(Subjects), Some(Subjects | Neighbours)) => {
            let session = whose("sessionId")?;
            (Some(session) != whose("userId")).then_some(2)
        }
        _ => Some(1),
    }
}

/// The values of the subject, with the ids as chosen.
fn named(crossing: &Crossing, subject: &Subject, chosen: &Chosen) -> Values {
    let mut values = subject.values.clone();
    for (id, whose) in chosen {
        let person = match whose {
            Subjects => continue,
            Neighbours => &crossing.bystander,
            Foreigners => &crossing.foreign,
            Nobodys | Malformed => {
                let text = if *whose == Nobodys { MISSING } else { CANARY };
                values.insert(id, text.to_owned());
                continue;
            }
        };
        let value = match *id {
            "tenantId" => person.tenant.id.clone(),
            "userId" => person.id.clone(),
            _ => session_of(person),
        };
        values.insert(id, value);
    }
    values
}
