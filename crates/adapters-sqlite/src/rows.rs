//! From stored values back to those that cannot be wrong.

use std::{collections::BTreeSet, fmt::Display, str::FromStr, time::Duration};

use diesel::{
    deserialize::{self, FromSql, FromSqlRow},
    expression::AsExpression,
    serialize::{self, IsNull, Output, ToSql},
    sql_types::Binary,
    sqlite::{Sqlite, SqliteValue},
};
use domain::{
    Result,
    model::{RoleName, Timestamp},
};
use uuid::Uuid;

use crate::error::unavailable;

/// An id as SQLite holds it: 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Binary)]
pub(crate) struct Id(pub(crate) Uuid);

impl ToSql<Binary, Sqlite> for Id {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.as_bytes().as_slice());
        Ok(IsNull::No)
    }
}

impl FromSql<Binary, Sqlite> for Id {
    fn from_sql(value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        let bytes = <Vec<u8> as FromSql<Binary, Sqlite>>::from_sql(value)?;
        Ok(Self(Uuid::from_slice(&bytes)?))
    }
}

/// A value that must be there, or the row of `column` was not written by us.
pub(crate) fn known<T>(value: Option<T>, column: &'static str) -> Result<T> {
    value.ok_or_else(|| unavailable(format!("a value of {column} cannot be read")))
}

pub(crate) fn parsed<T: FromStr>(text: &str, column: &'static str) -> Result<T> {
    known(text.parse().ok(), column)
}

pub(crate) fn moment(micros: i64, column: &'static str) -> Result<Timestamp> {
    known(Timestamp::from_unix_micros(micros), column)
}

pub(crate) fn counted(number: i64, column: &'static str) -> Result<u32> {
    known(u32::try_from(number).ok(), column)
}

/// From names with a comma between them; no name contains one.
pub(crate) fn roles(names: Option<&str>) -> Result<BTreeSet<RoleName>> {
    names
        .into_iter()
        .flat_map(|it| it.split(','))
        .map(|name| parsed(name, "user_roles.role"))
        .collect()
}

/// As one text, with a space between the items; none contains one.
pub(crate) fn joined(items: impl IntoIterator<Item: Display>) -> String {
    let items: Vec<_> = items.into_iter().map(|it| it.to_string()).collect();
    items.join(" ")
}

/// From what [`joined`] made.
pub(crate) fn split<T, C: FromIterator<T>>(
    text: &str,
    item: impl Fn(&str) -> Option<T>,
    column: &'static str,
) -> Result<C> {
    let items = text.split_ascii_whitespace();
    items.map(|it| known(item(it), column)).collect()
}

/// Text of another server, without what the database cannot hold.
pub(crate) fn printable(text: &str) -> String {
    text.replace('\0', "")
}

pub(crate) fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

pub(crate) fn span(millis: i64, column: &'static str) -> Result<Duration> {
    known(u64::try_from(millis).ok(), column).map(Duration::from_millis)
}

/// Each row as the entity it stands for.
pub(crate) fn entities<R, T>(rows: Vec<R>) -> Result<Vec<T>>
where
    T: TryFrom<R, Error = domain::Error>,
{
    rows.into_iter().map(T::try_from).collect()
}

/// The row, if there is one, as the entity it stands for.
pub(crate) fn entity<R, T>(row: Option<R>) -> Result<Option<T>>
where
    T: TryFrom<R, Error = domain::Error>,
{
    row.map(T::try_from).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_as_it_was_written_or_not_at_all() {
        for list in [vec![], vec![-1], vec![3, 2, 10]] {
            let read: Vec<i64> = split(&joined(&list), |it| it.parse().ok(), "a.b").unwrap();
            assert_eq!(read, list);
        }
        let read: Result<Vec<i64>> = split("3 x 10", |it| it.parse().ok(), "a.b");
        assert!(matches!(read, Err(domain::Error::Unavailable { .. })));
    }
}
