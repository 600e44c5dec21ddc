//! TLS, with certificates that nobody trusts who is not told to.

use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, PrivatePkcs8KeyDer},
    },
};

/// How a server encrypts.
#[derive(Clone)]
pub enum Encryption {
    /// Not at all.
    None,
    /// After `STARTTLS`, which it offers.
    StartTls(Certificate),
    /// From the start.
    Tls(Certificate),
}

/// A certificate with its key.
#[derive(Clone)]
pub struct Certificate {
    der: CertificateDer<'static>,
    acceptor: TlsAcceptor,
}

impl Certificate {
    /// Signed by itself, for that host.
    pub fn of(host: &str) -> Self {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed([host.to_owned()]).unwrap();
        let key = PrivatePkcs8KeyDer::from(signing_key.serialize_der());
        let der = cert.der().clone();
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![der.clone()], key.into())
            .unwrap();
        Self {
            der,
            acceptor: Arc::new(config).into(),
        }
    }

    /// For who shall trust it.
    pub fn der(&self) -> &[u8] {
        &self.der
    }
}

/// What a conversation is held over.
pub(super) type Wire = Box<dyn Stream>;

pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// `None` if the client does not want to.
pub(super) async fn encrypt(stream: Wire, certificate: &Certificate) -> Option<Wire> {
    let encrypted = certificate.acceptor.accept(stream).await.ok()?;
    Some(Box::new(encrypted))
}
