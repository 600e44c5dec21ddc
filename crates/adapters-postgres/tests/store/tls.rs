use std::{io::Write as _, time::Duration};

use adapters_postgres::{PostgresStore, Settings, migrate};
use domain::{Error, Result, ports::Tenants as _};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tempfile::NamedTempFile;
use testkit::postgres::Server;

use crate::{migrated, settings};

const SHORT: Duration = Duration::from_millis(300);

/// Issues certificates. Its own is in a file, where libpq reads it.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    file: NamedTempFile,
}

impl Authority {
    fn named(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(issuer.pem().as_bytes()).unwrap();
        Self { issuer, file }
    }

    /// Starts a server with a certificate of this authority.
    fn server(&self) -> Server {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Server::start_with_tls(&certificate.pem(), &key.serialize_pem())
    }

    /// The URL for who trusts this authority alone.
    fn url(&self, server: &Server) -> String {
        let (url, file) = (server.url("postgres"), self.file.path().display());
        format!("{url}&sslmode=verify-full&sslrootcert={file}")
    }
}

/// Why the database is unavailable, if that is the outcome.
fn cause<T>(outcome: Result<T>) -> Option<String> {
    match outcome {
        Err(Error::Unavailable { cause, .. }) => Some(cause.to_string()),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_certificate_is_verified_serves() {
    let authority = Authority::named("ours");
    let server = authority.server();
    let url = authority.url(&server);

    migrated(url.clone()).await;
    let store = PostgresStore::connect(&settings(&url));

    assert!(store.all_tenants().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_a_certificate_of_another_authority_is_unavailable() {
    let server = Authority::named("ours").server();
    let other = Authority::named("other");
    let settings = settings(&other.url(&server));

    let refused = cause(migrate(&settings, SHORT).await).unwrap();
    assert!(refused.contains("certificate verify failed"), "{refused}");

    let store = PostgresStore::connect(&Settings {
        acquire_timeout: SHORT,
        ..settings
    });
    let refused = cause(store.all_tenants().await).unwrap();
    // Not by the deadline of the call as a whole.
    assert!(refused.contains("waiting for connection"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_takes_only_tls_refuses_us_without_it() {
    let server = Authority::named("ours").server();
    let settings = settings(&format!("{}&sslmode=disable", server.url("postgres")));

    let refused = cause(migrate(&settings, SHORT).await).unwrap();

    assert!(refused.contains("no pg_hba.conf entry"), "{refused}");
}
