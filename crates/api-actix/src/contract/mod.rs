//! What goes over the wire in both generations of the contract: bodies in JSON, XML and forms, ids in paths, answers.
//!
//! This is the only place that knows the generations apart (contract sections 9 and 10).

mod body;
mod fields;
mod form;
mod json;
mod media;
mod path;
mod reply;
mod xml;

pub(crate) use self::{
    body::{Body, Read, read_bytes},
    fields::Fields,
    form::{decoded, pairs},
    media::{Accept, BodyType},
    path::{OfSession, OfTenant, OfUser, OneClient, OneUser},
    reply::Reply,
};
