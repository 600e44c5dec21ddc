use std::collections::BTreeSet;

use crate::{
    answer::CANARY,
    home::{Backend, Home},
    http::exchange,
    process::Process,
};

#[tokio::test]
async fn sec_43_labels_of_metrics_come_from_closed_sets() {
    let home = Home::new(Backend::Sqlite).await;
    let process = Process::start(&home).await;
    let ask = async || {
        for (method, path) in [
            ("GET", "/.well-known/jwks.json"),
            ("BREW", "/.well-known/jwks.json"),
            ("GET", &format!("/tenants/{CANARY}")),
            ("GET", &format!("/{CANARY}")),
            (CANARY, &format!("/{CANARY}?{CANARY}={CANARY}")),
        ] {
            let request = process.request(method, path).header("Host", CANARY);
            assert!(request.send().await.status < 500);
        }
        exchange(process.address, format!("GET /{CANARY}\r\n\r\n").as_bytes()).await;
    };
    ask().await;
    let first = process.metrics().await;

    for _ in 0..3 {
        ask().await;
    }

    let metrics = process.metrics().await;
    assert_eq!(series(&metrics), series(&first));
    assert!(!metrics.contains(CANARY), "{metrics}");
    for line in [
        r#"http_server_request_duration_seconds_count{http_request_method="GET",http_route="/.well-known/jwks.json",http_response_status_code="200"} 4"#,
        r#"http_server_request_duration_seconds_count{http_request_method="other",http_route="",http_response_status_code="404"} 4"#,
        r#"http_server_request_duration_seconds_count{http_request_method="GET",http_route="/tenants/{tenantId}",http_response_status_code="401"} 4"#,
        r#"membership_http_rejected_total{reason="unreadable"} 4"#,
        "http_server_active_requests 0",
        "membership_panics_total 0",
        "membership_log_dropped_total 0",
    ] {
        assert!(
            metrics.lines().any(|it| it == line),
            "{line} is not in {metrics}"
        );
    }
    process.get("/metrics").send().await.expect(404);
}

/// The names with their labels.
fn series(metrics: &str) -> BTreeSet<&str> {
    let lines = metrics.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.rsplit_once(' ').unwrap().0).collect()
}
