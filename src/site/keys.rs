//! The keys that sign cookies and forms, as they are now: a key that another instance made is taken over.
//!
//! In: a store, an outbox that remembers. Out: the ring in force. A new key is believed at once and signs only when every
//! instance has had the time to hear of it, so that no cookie comes to one that does not know its key.

use std::{
    cmp::Reverse,
    sync::{Arc, Weak},
    thread,
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;

use crate::{
    recorder::Outbox,
    signal::KeyRing,
    store::{ConsentStore, Error, ErrorKind, random_key, wait},
};

/// Begins the names of the keys.
const SIGNING: &str = "signing-";
/// How often a hint of another instance is looked for.
const TICK: Duration = Duration::from_millis(100);
/// How often the store is asked without a hint.
const INTERVAL: Duration = Duration::from_secs(2);
/// How long a new key is believed before it signs.
const KNOWN: Duration = Duration::from_secs(10);

/// Keys with their names, as a store has them.
pub(super) type Secrets = Vec<(String, [u8; 32])>;

/// Reads the keys; makes the first one.
pub(super) fn read(store: &dyn ConsentStore) -> Result<Secrets, Error> {
    wait(store.secret(format!("{SIGNING}1"), random_key()?))?;
    wait(store.secrets(SIGNING.to_owned()))
}

/// Returns the keys an outbox remembers; none when it never knew the store.
pub(super) fn remembered(outbox: &Outbox) -> Result<Secrets, Error> {
    outbox.secrets(SIGNING)
}

/// Makes a ring: of the keys that are known, the newest signs, which has the greatest number; the others, and those that are
/// new, are believed.
pub(super) fn ring(secrets: &Secrets, known: &Secrets) -> Result<KeyRing, Error> {
    let mut secrets: Vec<_> = secrets.iter().collect();
    secrets.sort_by_key(|secret| (!known.contains(secret), Reverse((secret.0.len(), secret.0.as_str()))));
    let all = secrets.into_iter().map(|(_, secret)| *secret);
    KeyRing::new(all).ok_or_else(|| Error::new(ErrorKind::Corrupt, "there is no key that signs cookies"))
}

/// Follows the keys of a store, on a thread of its own, until nobody uses the ring any more.
pub(super) fn follow(
    ring_in_force: &Arc<ArcSwap<KeyRing>>,
    store: &Arc<dyn ConsentStore>,
    outbox: Option<&Arc<Outbox>>,
    known: Secrets,
) -> Result<(), Error> {
    let (ring, store, outbox) = (Arc::downgrade(ring_in_force), Arc::downgrade(store), outbox.map(Arc::downgrade));
    let thread = thread::Builder::new().name("tower-consent-keys".to_owned());
    let thread = thread.spawn(move || keep_up(&ring, &store, outbox.as_ref(), known));
    let failed = |source| Error::new(ErrorKind::Unavailable, "cannot start the thread of the keys").with_source(source);
    thread.map(drop).map_err(failed)
}

fn keep_up(
    in_force: &Weak<ArcSwap<KeyRing>>,
    store: &Weak<dyn ConsentStore>,
    outbox: Option<&Weak<Outbox>>,
    mut known: Secrets,
) {
    let (mut waited, mut hinted) = (Duration::ZERO, None);
    // Keys that do not sign yet, and since when they are known.
    let mut young: Option<(Secrets, Instant)> = None;
    loop {
        thread::sleep(TICK);
        waited += TICK;
        let (Some(in_force), Some(store)) = (in_force.upgrade(), store.upgrade()) else { return };
        if let Some((secrets, _)) = young.take_if(|(_, since)| since.elapsed() >= KNOWN) {
            if let Ok(ring) = ring(&secrets, &secrets) {
                in_force.store(Arc::new(ring));
            }
            known = secrets;
        }
        let hints = store.hints();
        if waited < INTERVAL && (hints.is_none() || hints == hinted) {
            continue;
        }
        (waited, hinted) = (Duration::ZERO, hints);
        // A store that is away is asked again.
        let Ok(secrets) = wait(store.secrets(SIGNING.to_owned())) else { continue };
        let before = young.as_ref().map_or(&known, |(secrets, _)| secrets);
        if secrets.is_empty() || secrets == *before {
            continue;
        }
        if let Ok(ring) = ring(&secrets, &known) {
            in_force.store(Arc::new(ring));
            if let Some(outbox) = outbox.and_then(Weak::upgrade) {
                // What is not remembered now is remembered at the next start.
                let _ = outbox.remember_secrets(&secrets);
            }
            young = Some((secrets, Instant::now()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::Use;

    #[test]
    fn a_new_key_is_believed_before_it_signs() {
        let first = ("signing-1".to_owned(), [1; 32]);
        let second = ("signing-2".to_owned(), [2; 32]);
        let both = vec![first.clone(), second];
        let known = vec![first];
        let young = ring(&both, &known).unwrap();
        let (old, new) = (ring(&known, &known).unwrap(), ring(&both, &both).unwrap());
        assert_eq!(young.sign(Use::Cookie, "x"), old.sign(Use::Cookie, "x"));
        assert_ne!(new.sign(Use::Cookie, "x"), old.sign(Use::Cookie, "x"));
        assert_eq!(young.verify(Use::Cookie, &new.sign(Use::Cookie, "x")), Some("x"));
    }
}
