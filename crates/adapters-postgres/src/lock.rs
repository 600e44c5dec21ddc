//! One process for the schema.

use diesel::{
    dsl::sql,
    prelude::*,
    sql_types::{BigInt, Bool},
};

/// Named by nobody else in the database, we hope: "membersh" in ASCII.
const LOCK: i64 = 0x6d65_6d62_6572_7368;

/// The right to change the schema, for as long as the connection lives, however it ends. `false` if another has it.
pub(crate) fn take(pg: &mut PgConnection) -> QueryResult<bool> {
    diesel::select(
        sql::<Bool>("pg_try_advisory_lock(")
            .bind::<BigInt, _>(LOCK)
            .sql(")"),
    )
    .get_result(pg)
}
