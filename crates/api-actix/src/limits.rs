use std::{any::Any, panic::AssertUnwindSafe, time::Duration};

use actix_web::http::StatusCode;
use futures_util::FutureExt as _;

use crate::problem::Problem;

/// What comes of `work`, or the problem that it took too long or panicked.
pub(crate) async fn bounded<T>(
    deadline: Duration,
    work: impl Future<Output = T>,
) -> Result<T, Problem> {
    match tokio::time::timeout(deadline, AssertUnwindSafe(work).catch_unwind()).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(panic)) => Err(panicked(&*panic)),
        Err(_) => {
            tracing::warn!("a request took too long");
            Err(Problem::of_status(StatusCode::SERVICE_UNAVAILABLE))
        }
    }
}

/// What panicked, and where, was logged by the hook of [`crate::telemetry`].
fn panicked(_: &(dyn Any + Send)) -> Problem {
    Problem::of_status(StatusCode::INTERNAL_SERVER_ERROR)
}

#[cfg(test)]
mod tests {
    use actix_web::ResponseError as _;

    use super::*;

    #[actix_web::test]
    async fn rel_17_a_panic_costs_one_request() {
        let problem = bounded(Duration::from_mins(1), async { panic!("of a test") }).await;

        assert_eq!(problem.map(|(): ()| ()).unwrap_err().status_code(), 500);
    }

    #[actix_web::test]
    async fn rel_02_nothing_waits_without_bound() {
        let problem = bounded(Duration::from_millis(1), std::future::pending::<()>()).await;

        assert_eq!(problem.unwrap_err().status_code(), 503);
    }
}
