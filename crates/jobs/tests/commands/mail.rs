use crate::installation::Installation;

on_both!(queued_mail_is_listed_retried_and_dropped_without_showing_an_address);

async fn queued_mail_is_listed_retried_and_dropped_without_showing_an_address(
    installation: Installation,
) {
    let list = installation.printed(&["mail", "list"]);
    let fields: Vec<_> = list.trim().split('\t').collect();
    assert_eq!(fields[1..4], ["invitation", "waiting", "0"]);
    assert!(!list.contains('@'));

    installation.printed(&["mail", "retry", fields[0]]);
    installation.printed(&["mail", "drop", fields[0]]);
    assert_eq!(installation.printed(&["mail", "list"]), "");
    let gone = installation.refused(&["mail", "retry", fields[0]]);
    assert_eq!(gone, "mail not found");
}
