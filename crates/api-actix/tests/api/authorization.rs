//! Who may do what, crossed from the `OpenAPI` document and `docs/authorization-matrix.md`.

use std::collections::BTreeSet;

use crate::{
    answer::Answer,
    crossing::{Crossing, Subject},
    home::Backend,
    matrix::{ACTORS, Row, openapi},
};

on_both![sec_31_every_call_is_answered_as_the_matrix_says_and_refused_without_effect];

#[test]
fn sec_31_every_operation_has_a_row() {
    let document = openapi();
    let mut documented = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        let methods = operations.as_object().unwrap().keys();
        documented.extend(methods.map(|method| format!("{} {path}", method.to_uppercase())));
    }
    let rows: BTreeSet<_> = Row::all().iter().map(Row::operation).collect();

    let missing: Vec<_> = documented.difference(&rows).collect();
    let unknown: Vec<_> = rows.difference(&documented).collect();

    assert!(
        missing.is_empty() && unknown.is_empty(),
        "docs/authorization-matrix.md needs a row for {missing:?}: a call that is good and the status for each kind of \
         caller, as its head explains; and it has rows for {unknown:?}, which docs/openapi.json does not know"
    );
}

async fn sec_31_every_call_is_answered_as_the_matrix_says_and_refused_without_effect(on: Backend) {
    let crossing = Crossing::new(on).await;

    for row in Row::all() {
        let (may, may_not): (Vec<_>, Vec<_>) =
            (0..ACTORS.len()).partition(|actor| row.succeeds(*actor));
        assert!(!may.is_empty(), "{row:?} is never good");
        let mut subject = crossing.good_subject(&row).await;
        for actor in may {
            call(&crossing, &row, actor, &subject).await;
            if row.method != "GET" {
                subject = crossing.good_subject(&row).await;
            }
        }
        let subject = crossing.subject(&row).await;
        let before = crossing.sight(&subject).await;
        for actor in may_not {
            let answer = call(&crossing, &row, actor, &subject).await;
            answer.expect_problem(row.statuses[actor]);
        }
        let after = crossing.sight(&subject).await;
        assert_eq!(after, before, "a refusal had an effect: {row:?}");
    }
}

/// Sends the call and compares the status with the matrix.
pub(crate) async fn call(
    crossing: &Crossing,
    row: &Row,
    actor: usize,
    subject: &Subject,
) -> Answer {
    let request = row.request(&crossing.app, &subject.values);
    let answer = crossing.by(actor, subject, request).send().await;
    let (expected, actor) = (row.statuses[actor], ACTORS[actor]);
    assert_eq!(answer.status, expected, "{actor}: {row:?}: {answer}");
    answer
}
