//! From stored values back to those that cannot be wrong.

use std::{collections::BTreeSet, str::FromStr, time::Duration};

use domain::{Result, model::RoleName};

use crate::error::unavailable;

/// A value that must be there, or the row of `column` was not written by us.
pub(crate) fn known<T>(value: Option<T>, column: &'static str) -> Result<T> {
    value.ok_or_else(|| unavailable(format!("a value of {column} cannot be read")))
}

pub(crate) fn parsed<T: FromStr>(text: &str, column: &'static str) -> Result<T> {
    known(text.parse().ok(), column)
}

pub(crate) fn counted(number: i64, column: &'static str) -> Result<u32> {
    known(u32::try_from(number).ok(), column)
}

pub(crate) fn roles(names: &[String]) -> Result<BTreeSet<RoleName>> {
    names
        .iter()
        .map(|name| parsed(name, "user_roles.role"))
        .collect()
}

/// A set as one text. No member holds a space.
pub(crate) fn joined(members: impl IntoIterator<Item = impl ToString>) -> String {
    let members: Vec<_> = members.into_iter().map(|it| it.to_string()).collect();
    members.join(" ")
}

/// The set that [`joined`] made the text of.
pub(crate) fn split<T: Ord>(
    text: &str,
    member: impl Fn(&str) -> Option<T>,
    column: &'static str,
) -> Result<BTreeSet<T>> {
    text.split_whitespace()
        .map(|it| known(member(it), column))
        .collect()
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
