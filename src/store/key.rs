//! Keys a store keeps, and what a visitor is called under one.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::{Error, ErrorKind};
use crate::signal::VisitorId;

/// Makes a key of random bits.
pub(crate) fn random_key() -> Result<[u8; 32], Error> {
    let mut bits = [0; 32];
    getrandom::fill(&mut bits).map_err(|source| {
        Error::new(ErrorKind::Unavailable, "the system gives no random bits for a key").with_source(source)
    })?;
    Ok(bits)
}

/// Makes a random name.
pub(crate) fn random_name() -> Result<String, Error> {
    Ok(base16ct::lower::encode_string(&random_key()?[..8]))
}

/// Returns the name of a visitor in the index of a store: without the key it tells nothing.
pub(crate) fn tag(key: &[u8; 32], visitor: VisitorId) -> [u8; 16] {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(visitor.as_bytes());
    let tag: [u8; 32] = mac.finalize().into_bytes().into();
    *tag.first_chunk().expect("sixteen of thirty-two bytes")
}
