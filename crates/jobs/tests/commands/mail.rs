use crate::installation::Installation;

on_both!(queued_mail_is_listed_without_an_address_shown_retried_and_dropped);

async fn queued_mail_is_listed_without_an_address_shown_retried_and_dropped(
    installation: Installation,
) {
    let list = installation.printed(&["mail", "list"]);
    let fields: Vec<_> = list.trim().split('\t').collect();
    assert_eq!(fields[1..4], ["invitation", "waiting", "0"]);
    assert!(!list.contains('@'));

    let order = installation.printed(&["mail", "show", fields[0]]);
    let value = |name: &str| {
        let line = order
            .lines()
            .find_map(|line| line.split_once('\t').filter(|it| it.0 == name));
        line.map_or_else(|| panic!("no {name} in {order}"), |it| it.1)
    };
    assert_eq!(value("id"), fields[0]);
    assert_eq!(value("kind"), "invitation");
    assert!(value("recipient").contains('@'));
    assert_eq!(order.lines().count(), 11);

    installation.printed(&["mail", "retry", fields[0]]);
    installation.printed(&["mail", "drop", fields[0]]);
    assert_eq!(installation.printed(&["mail", "list"]), "");
    let gone = installation.refused(&["mail", "retry", fields[0]]);
    assert_eq!(gone, "mail not found");
    assert_eq!(installation.refused(&["mail", "show", fields[0]]), gone);
}
