//! What the schema forbids by itself, whatever a query forgets.

use adapters_sqlite::migrate;
use diesel::{prelude::*, sql_query, sql_types::Text};

use crate::settings;

#[derive(QueryableByName, Debug, PartialEq, Eq)]
struct Table {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Tables with a tenant and a user, but for the records that outlive both.
const OF_USERS: &str = "
    SELECT tables.name FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
    WHERE tables.type = 'table' AND columns.name IN ('tenant_id', 'user_id') AND tables.name <> 'audit_events'
    GROUP BY tables.name HAVING count(*) = 2 ORDER BY tables.name";

/// Tables that refer to the pair of both, as it is in `users`.
const REFERRING_TO_THE_PAIR: &str = r#"
    SELECT tables.name FROM sqlite_schema AS tables, pragma_foreign_key_list(tables.name) AS keys
    WHERE keys."table" = 'users' AND (keys."from", keys."to") IN (VALUES ('tenant_id', 'tenant_id'), ('user_id', 'id'))
    GROUP BY tables.name, keys.id HAVING count(*) = 2 ORDER BY tables.name"#;

#[tokio::test(flavor = "multi_thread")]
async fn sec_32_what_belongs_to_a_user_cannot_be_of_another_tenant() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path());
    migrate(&settings).await.unwrap();
    let mut sqlite = SqliteConnection::establish(settings.path.to_str().unwrap()).unwrap();
    let mut tables = |sql| sql_query(sql).load::<Table>(&mut sqlite).unwrap();

    let of_users = tables(OF_USERS);

    assert!(of_users.len() >= 4, "{of_users:?}");
    assert_eq!(tables(REFERRING_TO_THE_PAIR), of_users);
}
