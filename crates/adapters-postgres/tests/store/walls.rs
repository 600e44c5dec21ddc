//! What the schema forbids by itself, whatever a query forgets.

use diesel::{prelude::*, sql_query, sql_types::Text};

use crate::{migrated, psql};

#[derive(QueryableByName, Debug, PartialEq, Eq)]
struct Table {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Tables with a tenant and a user, but for the records that outlive both.
const OF_USERS: &str = "
    SELECT table_name::text AS name FROM information_schema.columns
    WHERE table_schema = 'public' AND column_name IN ('tenant_id', 'user_id') AND table_name <> 'audit_events'
    GROUP BY table_name HAVING count(*) = 2 ORDER BY name";

/// Tables that refer to the pair of both, in this order, as it is in `users`.
const REFERRING_TO_THE_PAIR: &str = "
    SELECT conrelid::regclass::text AS name FROM pg_constraint
    WHERE contype = 'f' AND confrelid = 'users'::regclass AND confkey = (
        SELECT conkey FROM pg_constraint WHERE conname = 'users_tenant_key'
    ) AND conkey = ARRAY(
        SELECT attnum FROM unnest(ARRAY['tenant_id', 'user_id']) WITH ORDINALITY AS pair (name, place)
        JOIN pg_attribute ON attrelid = conrelid AND attname = pair.name ORDER BY place
    ) ORDER BY name";

#[tokio::test(flavor = "multi_thread")]
async fn sec_32_what_belongs_to_a_user_cannot_be_of_another_tenant() {
    let database = testkit::postgres::database(migrated).await;
    let mut pg = psql(database.url());
    let mut tables = |sql| sql_query(sql).load::<Table>(&mut pg).unwrap();

    let of_users = tables(OF_USERS);

    assert!(of_users.len() >= 4, "{of_users:?}");
    assert_eq!(tables(REFERRING_TO_THE_PAIR), of_users);
}
