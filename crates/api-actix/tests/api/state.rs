//! What must not change when something is refused.

use serde_json::Value;

use crate::{answer::Answer, app::App, http::Request};

/// What can be seen of the state: the lists, the mail by what became of it, and whether the administrator is signed in.
#[derive(Debug, PartialEq)]
pub(crate) struct State {
    tenants: Value,
    users: Vec<Value>,
    clients: Value,
    mails: usize,
    orders: Vec<usize>,
    master_is_signed_in: bool,
}

impl App {
    pub(crate) async fn state(&self) -> State {
        State {
            tenants: self.tenants().await,
            users: vec![self.users(&self.test).await, self.users(&self.acme).await],
            clients: self.clients().await,
            mails: self.mails().await.len(),
            orders: self.orders().await,
            master_is_signed_in: self.refresh(&self.master.refresh_token).await.status == 200,
        }
    }

    /// Sends what must be refused: a problem document of that status comes back, and nothing changed.
    #[track_caller]
    pub(crate) fn refuses(&self, request: Request, status: u16) -> impl Future<Output = Answer> {
        let caller = std::panic::Location::caller();
        async move {
            let before = self.state().await;
            let answer = request.send().await;
            assert_eq!(answer.status, status, "asked at {caller}: {answer}");
            let answer = answer.expect_problem(status);
            assert_eq!(
                self.state().await,
                before,
                "refused with {status}, but not without effect: {caller}"
            );
            answer
        }
    }

    /// The same at the token endpoint, whose errors have a form of their own.
    #[track_caller]
    pub(crate) fn refuses_grant(
        &self,
        request: Request,
        error: &str,
    ) -> impl Future<Output = Answer> {
        self.refuses_client(request, 400, error)
    }

    /// The same at the endpoints that clients use for themselves.
    #[track_caller]
    pub(crate) fn refuses_client(
        &self,
        request: Request,
        status: u16,
        error: &str,
    ) -> impl Future<Output = Answer> {
        let caller = std::panic::Location::caller();
        async move {
            let before = self.state().await;
            let answer = request.send().await;
            assert_eq!(answer.status, status, "asked at {caller}: {answer}");
            let answer = answer.expect_oauth_error(status, error);
            assert_eq!(
                self.state().await,
                before,
                "refused, but not without effect: {caller}"
            );
            answer
        }
    }
}
