//! The certificates of the sites, by host name, taken anew when their files change.
//!
//! In: PEM files. Out: what a TLS handshake asks for. Files that are at fault never replace good ones.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use arc_swap::ArcSwap;
use tokio_rustls::rustls::{
    ServerConfig,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};

use super::configuration::SiteConfiguration;

/// Why certificates cannot be used.
///
/// # Example
///
/// ```
/// use tower_consent::proxy::{CertificateError, Configuration, ServerError};
/// # let text = r#"
/// # [[listen]]
/// # address = "127.0.0.1:8080"
/// # [[site]]
/// # policy = "policies/news-site"
/// # upstream = "http://127.0.0.1:3000"
/// # store = "sled:store""#;
/// let text = format!("{text}\ncertificate = \"/nowhere/news.pem\"\nkey = \"/nowhere/news.key\"");
/// let error = Configuration::parse("proxy.toml", &text).unwrap().check().unwrap_err();
/// assert!(matches!(error, ServerError::Certificate(CertificateError::File { .. })), "{error}");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// A file cannot be read, holds nothing that is needed, or does not fit the other.
    #[error("cannot use {}: {why}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// No certificate can be for such a name.
    #[error("`{0}` is no name a certificate can be for: write the upstream as a host name or an address")]
    Name(String),
}

/// Returns ring's cryptography, named here so that no other feature of the dependency tree changes it.
pub(super) fn provider() -> Arc<CryptoProvider> {
    Arc::new(tokio_rustls::rustls::crypto::ring::default_provider())
}

/// The certificates in force.
#[derive(Debug)]
pub(super) struct Certificates {
    places: Vec<Place>,
    live: ArcSwap<Vec<Arc<CertifiedKey>>>,
    /// The bytes of the files as they were last read, so that nothing is done when nothing changed.
    read: std::sync::Mutex<Vec<Vec<u8>>>,
}

#[derive(Debug)]
struct Place {
    hosts: Vec<String>,
    chain: PathBuf,
    key: PathBuf,
}

impl Certificates {
    /// Reads the certificates of all sites that have one.
    pub(super) fn read(sites: &[SiteConfiguration]) -> Result<Self, CertificateError> {
        let places: Vec<Place> = sites
            .iter()
            .filter_map(|site| {
                let (chain, key) = site.certificate.clone()?;
                Some(Place { hosts: site.hosts.clone(), chain, key })
            })
            .collect();
        let keys = places.iter().map(Place::read).collect::<Result<_, _>>()?;
        let read = std::sync::Mutex::new(bytes(&places));
        Ok(Self { places, live: ArcSwap::from_pointee(keys), read })
    }

    /// Looks at the files again; returns whether others are in force now.
    pub(super) fn look(&self) -> Result<bool, CertificateError> {
        let now = bytes(&self.places);
        let mut read = self.read.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if *read == now {
            return Ok(false);
        }
        // A fault is told once: the same bytes are not tried again.
        *read = now;
        let keys = self.places.iter().map(Place::read).collect::<Result<_, _>>()?;
        self.live.store(Arc::new(keys));
        Ok(true)
    }

    /// Makes the configuration of a listener.
    pub(super) fn server(self: &Arc<Self>) -> ServerConfig {
        let mut server = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .expect("the provider has the default versions")
            .with_no_client_auth()
            .with_cert_resolver(self.clone());
        server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        server
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let live = self.live.load();
        let named = hello.server_name().and_then(|name| {
            let name = name.to_ascii_lowercase();
            self.places.iter().position(|place| place.hosts.iter().any(|host| covers(host, &name)))
        });
        // A site without names is for all others; a visitor who names nothing gets the first.
        let index = named.or_else(|| self.places.iter().position(|place| place.hosts.is_empty())).unwrap_or(0);
        live.get(index).cloned()
    }
}

/// Says whether a name, or all names one step below one, is meant by what the configuration says.
pub(super) fn covers(host: &str, name: &str) -> bool {
    match host.strip_prefix('*') {
        Some(parent) => name.strip_suffix(parent).is_some_and(|label| !label.is_empty() && !label.contains('.')),
        None => host == name,
    }
}

fn bytes(places: &[Place]) -> Vec<Vec<u8>> {
    let read = |path: &Path| std::fs::read(path).unwrap_or_default();
    places.iter().flat_map(|place| [read(&place.chain), read(&place.key)]).collect()
}

impl Place {
    fn read(&self) -> Result<Arc<CertifiedKey>, CertificateError> {
        let of_chain = |why: String| CertificateError::File { path: self.chain.clone(), why };
        let of_key = |why: String| CertificateError::File { path: self.key.clone(), why };
        let chain = CertificateDer::pem_file_iter(&self.chain)
            .map_err(|error| of_chain(error.to_string()))?
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| of_chain(error.to_string()))?;
        if chain.is_empty() {
            return Err(of_chain("it holds no certificate in the form of PEM".to_owned()));
        }
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(|error| of_key(error.to_string()))?;
        let certified = CertifiedKey::from_der(chain, key, &provider()).map_err(|error| of_key(error.to_string()))?;
        Ok(Arc::new(certified))
    }
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn a_star_is_one_label() {
        assert!(covers("news.example", "news.example"));
        assert!(!covers("news.example", "www.news.example"));
        assert!(covers("*.news.example", "www.news.example"));
        assert!(!covers("*.news.example", "news.example"));
        assert!(!covers("*.news.example", "a.b.news.example"));
        assert!(!covers("*.news.example", ".news.example"));
    }
}
