//! Where to listen and where the upstream is.
//!
//! In: text of a flag or of the configuration. Out: checked addresses. It opens nothing.

use std::{fmt, net::SocketAddr, path::PathBuf, str::FromStr};

use url::Url;

/// Where visitors come in: `127.0.0.1:8080`, `[::1]:8080`, `:8080` (every address), `unix:/run/site.sock`.
///
/// # Example
///
/// ```
/// use tower_consent::proxy::ListenAddress;
/// assert_eq!(":8080".parse::<ListenAddress>().unwrap().to_string(), "[::]:8080");
/// assert!("8080".parse::<ListenAddress>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ListenAddress {
    /// An address of IP.
    Tcp(SocketAddr),
    /// A socket in the file system.
    Unix(PathBuf),
}

/// Where the upstream is: `http://127.0.0.1:3000`, `https://app.example`, `unix:/run/app.sock`.
///
/// # Example
///
/// ```
/// use tower_consent::proxy::UpstreamAddress;
/// let upstream: UpstreamAddress = "http://127.0.0.1:3000".parse().unwrap();
/// assert_eq!(upstream.to_string(), "http://127.0.0.1:3000");
/// assert!("http://127.0.0.1:3000/app".parse::<UpstreamAddress>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UpstreamAddress {
    /// A host and a port, with or without TLS.
    Tcp {
        /// Name or address, IPv6 without brackets.
        host: String,
        /// The port.
        port: u16,
        /// Whether TLS is spoken.
        tls: bool,
    },
    /// A socket in the file system.
    Unix(PathBuf),
}

/// A text that is no address, with what to write.
///
/// # Example
///
/// ```
/// use tower_consent::proxy::ListenAddress;
/// let error = "localhost".parse::<ListenAddress>().unwrap_err();
/// assert!(error.to_string().starts_with("`localhost` is no address to listen at: write `127.0.0.1:8080`"), "{error}");
/// ```
#[derive(Debug, thiserror::Error)]
#[error("`{text}` is no {what}: write {fix}")]
pub struct InvalidAddress {
    text: String,
    what: &'static str,
    fix: &'static str,
}

impl InvalidAddress {
    pub(super) fn new(text: &str, what: &'static str, fix: &'static str) -> Self {
        Self { text: text.to_owned(), what, fix }
    }

    pub(super) fn fix(&self) -> &'static str {
        self.fix
    }
}

impl FromStr for ListenAddress {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        if let Some(path) = text.strip_prefix("unix:").filter(|path| path.starts_with('/')) {
            return Ok(Self::Unix(path.into()));
        }
        let invalid = || {
            InvalidAddress::new(
                text,
                "address to listen at",
                "`127.0.0.1:8080`, `[::1]:8080`, `:8080` for every address, or `unix:/run/site.sock`",
            )
        };
        if let Some(port) = text.strip_prefix(':') {
            let port = port.parse().map_err(|_| invalid())?;
            return Ok(Self::Tcp(SocketAddr::from((std::net::Ipv6Addr::UNSPECIFIED, port))));
        }
        text.parse().map(Self::Tcp).map_err(|_| invalid())
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(formatter),
            Self::Unix(path) => write!(formatter, "unix:{}", path.display()),
        }
    }
}

impl UpstreamAddress {
    /// Returns host and port as a `Host` header has them; `localhost` for a socket of the file system.
    pub(super) fn authority(&self) -> String {
        match self {
            Self::Tcp { host, port, tls } => {
                let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
                if *port == if *tls { 443 } else { 80 } { host } else { format!("{host}:{port}") }
            }
            Self::Unix(_) => "localhost".to_owned(),
        }
    }
}

impl FromStr for UpstreamAddress {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        if let Some(path) = text.strip_prefix("unix:").filter(|path| path.starts_with('/')) {
            return Ok(Self::Unix(path.into()));
        }
        let fix = "scheme, host and port without a path: `http://127.0.0.1:3000`, `https://app.example`, or \
                   `unix:/run/app.sock`";
        let invalid = || InvalidAddress::new(text, "upstream", fix);
        let url = Url::parse(text).map_err(|_| invalid())?;
        let tls = match url.scheme() {
            "http" => false,
            "https" => true,
            _ => return Err(invalid()),
        };
        let bare = matches!(url.path(), "" | "/")
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        let host = url.host_str().filter(|_| bare).ok_or_else(invalid)?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        Ok(Self::Tcp { host, port: url.port_or_known_default().ok_or_else(invalid)?, tls })
    }
}

impl fmt::Display for UpstreamAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { tls, .. } => {
                write!(formatter, "{}://{}", if *tls { "https" } else { "http" }, self.authority())
            }
            Self::Unix(path) => write!(formatter, "unix:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_or_refused() {
        for (text, shown) in [
            ("127.0.0.1:80", "127.0.0.1:80"),
            ("[::1]:8443", "[::1]:8443"),
            (":80", "[::]:80"),
            ("unix:/run/a", "unix:/run/a"),
        ] {
            assert_eq!(text.parse::<ListenAddress>().unwrap().to_string(), shown);
        }
        for text in ["", "localhost:80", "127.0.0.1", ":99999", "unix:run/a", "http://127.0.0.1:80"] {
            assert!(text.parse::<ListenAddress>().is_err(), "{text}");
        }
        for (text, shown) in [
            ("http://127.0.0.1:3000/", "http://127.0.0.1:3000"),
            ("http://[::1]:3000", "http://[::1]:3000"),
            ("https://app.example", "https://app.example"),
            ("https://app.example:8443", "https://app.example:8443"),
            ("unix:/run/a", "unix:/run/a"),
        ] {
            assert_eq!(text.parse::<UpstreamAddress>().unwrap().to_string(), shown);
        }
        for text in ["", "127.0.0.1:80", "ftp://a", "http://a/b", "http://u:p@a", "http://a?b", "unix:a"] {
            assert!(text.parse::<UpstreamAddress>().is_err(), "{text}");
        }
    }
}
