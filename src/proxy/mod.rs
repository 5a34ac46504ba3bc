//! The reverse proxy: the consent layer in front of any web server.
//!
//! In: connections of visitors, a [`Configuration`]. Out: the upstream's responses, gated by the layer of the site
//! they are for. It parses no HTTP itself, never sends an ungated page, never tells an upstream what a visitor made
//! up (who he is, what he allowed), and writes no address, cookie or query into its log.
//!
//! ```text
//! visitor → listener (TCP, unix, TLS) → site by host name → consent layer → upstream (TCP, unix, TLS; HTTP/1.1, h2)
//! ```
//!
//! A request passes in this order: what belongs to one connection only is removed (RFC 9110, section 7.6.1); what only
//! a proxy may say is removed, or taken over from a trusted one, and said anew; the site is found by the host name; the
//! site's layer decides and adds its own paths; the decision is written into `Tower-Consent`; the upstream is asked, for plain
//! pages, which are gated and compressed as the browser likes it.

mod access;
mod activity;
mod address;
mod admin;
mod body;
mod certificates;
mod compress;
mod configuration;
mod connect;
mod file;
mod forwarded;
mod health;
mod listen;
mod page;
mod router;
mod server;
mod state;
mod upstream;
mod workers;

pub use self::{
    access::AccessLog,
    address::{InvalidAddress, ListenAddress, UpstreamAddress},
    certificates::CertificateError,
    configuration::{
        AdminConfiguration, Configuration, ConfigurationError, HostHeader, Limits, Listener, LoggedPath, Protocol,
        Secured, SiteConfiguration, TimeOuts,
    },
    forwarded::{Trusted, TrustedNetwork},
    server::{Notice, Server, ServerError},
    state::{STATE, state},
};
