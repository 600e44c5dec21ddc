use async_trait::async_trait;

use super::Effects;
use crate::{
    Result,
    model::{MailLimit, OneTimeToken, OneTimeTokenId, Timestamp, TokenPurpose, User},
};

/// The rows behind mail links. They come into being with the [`Mailing`](crate::model::Mailing) that carries them.
#[async_trait]
pub trait OneTimeTokens: Send + Sync {
    /// Stores orders for an existing user, with their tokens. `false`, with nothing stored, if one of a
    /// [limited kind](crate::model::MailKind::is_limited) is over the limit: as many of its kind were ordered for the
    /// user in the window before it. Of any number of callers at once no more get `true` than the limit allows.
    async fn order(&self, effects: &Effects, limit: MailLimit) -> Result<bool>;

    /// The row that a proved link selects, live or not. The proof takes the place of a tenant.
    async fn one_time_token(&self, id: OneTimeTokenId) -> Result<Option<OneTimeToken>>;

    /// Has a token that is not used up or voided expire at `expires_at`, even if it did already. `false`, with nothing
    /// changed, for any other.
    async fn prolong(&self, id: OneTimeTokenId, expires_at: Timestamp) -> Result<bool>;

    /// Uses `token` up at `now`, replaces its user by `user` if that did not change since it was read, voids the user's
    /// other unused tokens of the purposes in `voids`, expired or not, and stores `effects`.
    ///
    /// `false`, with nothing changed, if the token is no longer live or not of that user: of any number of callers one gets
    /// `true`.
    /// [`Error::Stale`](crate::Error::Stale) if the user changed.
    async fn redeem(
        &self,
        token: &OneTimeToken,
        now: Timestamp,
        user: &User,
        voids: &[TokenPurpose],
        effects: &Effects,
    ) -> Result<bool>;

    /// Deletes at most `limit` tokens that expired before `before`; says how many.
    async fn purge_one_time_tokens(&self, before: Timestamp, limit: u32) -> Result<usize>;
}
