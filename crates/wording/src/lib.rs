//! What mails and pages say, in every locale.
//!
//! The words of English, German and French are built in (`locales/*.toml`). A folder of the operator may say some of them
//! differently, and add locales. All of it is read and checked as a whole, at start.

#![warn(missing_docs)]

mod folder;
mod negotiation;
mod problem;
mod read;
#[cfg(test)]
mod tests;
mod wording;
mod words;

pub use self::{
    folder::{Layout, Layouts},
    problem::Problem,
    wording::Wording,
    words::{
        FaultWords, LifetimeWords, LinkMailWords, MailWords, NoticeMailWords, NoticeWords,
        PageWords, PasswordFormWords, TaskWords, Words,
    },
};
