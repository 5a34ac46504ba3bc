//! Signed notes (C2SP signed-note): a text and signatures on it by named Ed25519 keys.

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

/// Signature type of Ed25519 in key ids and verifier keys.
const ED25519: u8 = 1;
/// Signatures a note may carry; the format asks for at least 16.
const MOST_SIGNATURES: usize = 64;

/// Why a note, a key or a proof is not accepted.
///
/// # Example
///
/// ```
/// use tower_consent::audit::{LogKey, Note, NoteError};
/// let key = LogKey::new("news.example/consent", [7; 32]).unwrap();
/// let note = Note::sign("three entries\n", &[&key]).unwrap().to_string();
/// assert_eq!(Note::parse(note.trim_end().as_bytes()), Err(NoteError::Malformed));
/// let changed = Note::parse(note.replace("three", "seven").as_bytes()).unwrap();
/// assert_eq!(changed.verified(&[key.verifier().clone()]), Err(NoteError::Untrusted));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoteError {
    /// The bytes are not of the published format, or not in the one way it can be written.
    #[error("not written as the format says")]
    Malformed,
    /// No key that is trusted has signed, or one of them signed something else.
    #[error("not signed by a trusted key")]
    Untrusted,
    /// The proof does not lead from the entry to the signed root.
    #[error("the proof does not lead to the signed root")]
    Unproven,
}

/// A key that signs the heads of a log.
///
/// # Example
///
/// ```
/// use tower_consent::audit::LogKey;
/// let key = LogKey::new("news.example/consent", [7; 32]).unwrap();
/// assert!(key.verifier().to_string().starts_with("news.example/consent+"));
/// assert_eq!(LogKey::new("a name with spaces", [7; 32]).map(|_| ()), None);
/// ```
#[derive(Clone)]
pub struct LogKey {
    signing: SigningKey,
    verifier: Verifier,
}

impl LogKey {
    /// Makes a key from its name and 256 secret random bits; `None` when no key can have that name.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::audit::LogKey;
    /// let key = LogKey::new("news.example/consent", [7; 32]).unwrap();
    /// assert_eq!(key.verifier(), LogKey::new("news.example/consent", [7; 32]).unwrap().verifier());
    /// assert!(LogKey::new("news.example+consent", [7; 32]).is_none(), "`+` stands between name and key");
    /// ```
    pub fn new(name: &str, secret: [u8; 32]) -> Option<Self> {
        let signing = SigningKey::from_bytes(&secret);
        let verifier = Verifier::new(name, signing.verifying_key())?;
        Some(Self { signing, verifier })
    }

    /// Returns the public half.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::audit::{LogKey, Verifier};
    /// let key = LogKey::new("news.example/consent", [7; 32]).unwrap();
    /// // This is what is published, so that anybody can check a receipt.
    /// let published = key.verifier().to_string();
    /// assert_eq!(&published.parse::<Verifier>().unwrap(), key.verifier());
    /// ```
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    fn line(&self, text: &str) -> String {
        let mut bytes = self.verifier.id.to_vec();
        bytes.extend(self.signing.sign(text.as_bytes()).to_bytes());
        format!("\u{2014} {} {}\n", self.verifier.name, STANDARD.encode(bytes))
    }
}

impl fmt::Debug for LogKey {
    // The secret stays out of logs.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "LogKey({})", self.verifier)
    }
}

/// The public half of a [`LogKey`], written `name+id+key`.
///
/// # Example
///
/// ```
/// use tower_consent::audit::{LogKey, NoteError, Verifier};
/// let published = LogKey::new("news.example/consent", [7; 32]).unwrap().verifier().to_string();
/// assert!(published.parse::<Verifier>().is_ok());
/// // The id is a hash of name and key: a key cannot be passed off under another name.
/// let renamed = published.replace("news.example", "evil.example");
/// assert_eq!(renamed.parse::<Verifier>(), Err(NoteError::Malformed));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    id: [u8; 4],
    key: VerifyingKey,
}

impl Verifier {
    fn new(name: &str, key: VerifyingKey) -> Option<Self> {
        if name.is_empty() || name.chars().any(|sign| sign.is_whitespace() || sign.is_control() || sign == '+') {
            return None;
        }
        let hash = Sha256::new().chain_update(name).chain_update([b'\n', ED25519]).chain_update(key.as_bytes());
        let hash: [u8; 32] = hash.finalize().into();
        let id = [hash[0], hash[1], hash[2], hash[3]];
        Some(Self { name: name.to_owned(), id, key })
    }

    /// Returns the key's name, which is the origin of the log.
    ///
    /// # Example
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use time::OffsetDateTime;
    /// # use tower_consent::{record::{Kind, Record}, recorder::Log, store::Memory};
    /// # pollster::block_on(async {
    /// # let (store, now) = (Arc::new(Memory::default()), OffsetDateTime::UNIX_EPOCH);
    /// # let mut log = Log::open(store.clone(), "news.example/consent", now).await.unwrap();
    /// assert_eq!(log.key().verifier().name(), log.origin());
    /// # });
    /// ```
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for Verifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![ED25519];
        key.extend(self.key.as_bytes());
        let id = base16ct::lower::encode_string(&self.id);
        write!(formatter, "{}+{id}+{}", self.name, STANDARD.encode(key))
    }
}

impl FromStr for Verifier {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let read = || {
            let (name, rest) = text.split_once('+')?;
            let (_, key) = rest.split_once('+')?;
            let key = STANDARD.decode(key).ok()?;
            let (ED25519, key) = key.split_first().map(|(kind, key)| (*kind, key))? else { return None };
            Self::new(name, VerifyingKey::from_bytes(key.try_into().ok()?).ok()?)
        };
        // Written back it must be the same: the id belongs to the key, and base64 has one way only.
        read().filter(|verifier| verifier.to_string() == text).ok_or(NoteError::Malformed)
    }
}

/// A text with signatures on it.
///
/// # Example
///
/// ```
/// use tower_consent::audit::{LogKey, Note};
/// let key = LogKey::new("news.example/consent", [7; 32]).unwrap();
/// let note = Note::sign("hello\n", &[&key]).unwrap();
/// let read = Note::parse(note.to_string().as_bytes()).unwrap();
/// assert_eq!(read.verified(&[key.verifier().clone()]).unwrap(), "hello\n");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    /// Name, key id and signature bytes, as the lines say.
    signatures: Vec<(String, [u8; 4], Vec<u8>)>,
    written: String,
}

impl Note {
    /// Signs a text with each of the keys; `None` when the text cannot be that of a note.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::audit::{LogKey, Note};
    /// let key = LogKey::new("news.example/consent", [7; 32]).unwrap();
    /// let note = Note::sign("Журнал сверен\n", &[&key]).unwrap();
    /// assert!(note.to_string().starts_with("Журнал сверен\n\n\u{2014} news.example/consent "));
    /// assert!(Note::sign("no end of line", &[&key]).is_none());
    /// ```
    pub fn sign(text: &str, keys: &[&LogKey]) -> Option<Self> {
        if !is_text(text) || keys.is_empty() {
            return None;
        }
        let lines: String = keys.iter().map(|key| key.line(text)).collect();
        Self::parse(format!("{text}\n{lines}").as_bytes()).ok()
    }

    /// Reads a note; believes nothing of it yet.
    ///
    /// # Errors
    ///
    /// [`NoteError::Malformed`] when the bytes are no note, or not written in the one way there is.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::audit::{LogKey, Note};
    /// let key = LogKey::new("news.example/consent", [7; 32]).unwrap();
    /// let note = Note::sign("three entries\n", &[&key]).unwrap();
    /// assert_eq!(Note::parse(note.to_string().as_bytes()), Ok(note));
    /// assert!(Note::parse(b"three entries\n").is_err(), "nobody has signed it");
    /// ```
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        let read = || {
            let written = std::str::from_utf8(bytes).ok()?;
            let gap = written.rfind("\n\n")?;
            let (text, lines) = (&written[..=gap], &written[gap + 2..]);
            if !is_text(text) || lines.is_empty() || !lines.ends_with('\n') {
                return None;
            }
            let mut signatures = Vec::new();
            for line in lines.lines() {
                let (name, signature) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
                let bytes = STANDARD.decode(signature).ok()?;
                let (id, bytes) = bytes.split_first_chunk::<4>()?;
                if name.is_empty() || name.contains('+') || bytes.is_empty() || signatures.len() == MOST_SIGNATURES {
                    return None;
                }
                signatures.push((name.to_owned(), *id, bytes.to_vec()));
            }
            // `lines` takes `\r\n` for an end of line too; a note does not.
            (!lines.contains('\r')).then(|| Self { text: text.to_owned(), signatures, written: written.to_owned() })
        };
        read().ok_or(NoteError::Malformed)
    }

    /// Returns the text, if a trusted key signed it. Signatures of unknown keys are ignored.
    ///
    /// # Errors
    ///
    /// [`NoteError::Untrusted`] when no trusted key signed it, or a signature of one of them is wrong.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::audit::{LogKey, Note};
    /// let [ours, other] = [1, 2].map(|byte| LogKey::new("news.example/consent", [byte; 32]).unwrap());
    /// let note = Note::sign("three entries\n", &[&ours]).unwrap();
    /// assert_eq!(note.verified(&[ours.verifier().clone(), other.verifier().clone()]), Ok("three entries\n"));
    /// assert!(note.verified(&[other.verifier().clone()]).is_err());
    /// ```
    pub fn verified(&self, trusted: &[Verifier]) -> Result<&str, NoteError> {
        self.signers(trusted).map(|_| self.text.as_str())
    }

    /// Returns which of the trusted keys signed it; at least one.
    ///
    /// # Errors
    ///
    /// As [`Note::verified`].
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::audit::{LogKey, Note};
    /// let [old, new] = [1, 2].map(|byte| LogKey::new("news.example/consent", [byte; 32]).unwrap());
    /// let note = Note::sign("the key is replaced\n", &[&old, &new]).unwrap();
    /// let trusted = [old.verifier().clone(), new.verifier().clone()];
    /// assert_eq!(note.signers(&trusted).unwrap().len(), 2);
    /// assert_eq!(note.signers(&trusted[1..]).unwrap(), [new.verifier()]);
    /// ```
    pub fn signers<'a>(&self, trusted: &'a [Verifier]) -> Result<Vec<&'a Verifier>, NoteError> {
        let mut signers = Vec::new();
        for (name, id, bytes) in &self.signatures {
            let Some(verifier) = trusted.iter().find(|verifier| verifier.name == *name && verifier.id == *id) else {
                continue;
            };
            let signature = Signature::from_slice(bytes).map_err(|_| NoteError::Untrusted)?;
            verifier.key.verify_strict(self.text.as_bytes(), &signature).map_err(|_| NoteError::Untrusted)?;
            signers.push(verifier);
        }
        if signers.is_empty() { Err(NoteError::Untrusted) } else { Ok(signers) }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.written)
    }
}

fn is_text(text: &str) -> bool {
    text.ends_with('\n') && !text.bytes().any(|byte| byte < 0x20 && byte != b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flipped_bit_of_a_note_is_noticed() {
        let key = LogKey::new("news.example/consent", [7; 32]).unwrap();
        let note = Note::sign("news.example/consent\n3\nabc\n", &[&key]).unwrap().to_string().into_bytes();
        let trusted = [key.verifier().clone()];
        assert!(Note::parse(&note).unwrap().verified(&trusted).is_ok());
        for bit in 0..note.len() * 8 {
            let mut flipped = note.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let verified = Note::parse(&flipped).and_then(|note| note.verified(&trusted).map(str::to_owned));
            assert!(verified.is_err(), "bit {bit}: {}", String::from_utf8_lossy(&flipped));
        }
    }

    #[test]
    fn a_verifier_key_has_one_way_to_be_written() {
        let key = LogKey::new("news.example/consent", [7; 32]).unwrap().verifier().to_string();
        assert_eq!(key.parse::<Verifier>().unwrap().to_string(), key);
        for bit in 0..key.len() * 8 {
            let mut flipped = key.clone().into_bytes();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(std::str::from_utf8(&flipped).ok().is_none_or(|text| text.parse::<Verifier>().is_err()));
        }
    }

    #[test]
    fn the_note_of_the_specification_s_reference() {
        // The key and note that the Go package golang.org/x/mod/sumdb/note documents.
        let verifier: Verifier = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW".parse().unwrap();
        let note = "If you think cryptography is the answer to your problem,\n\
            then you don't know what your problem is.\n\n\
            \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
        assert!(Note::parse(note.as_bytes()).unwrap().verified(&[verifier]).is_ok());
    }

    #[test]
    fn a_key_does_not_tell_its_secret() {
        let key = LogKey::new("news.example/consent", [7; 32]).unwrap();
        assert_eq!(format!("{key:?}"), format!("LogKey({})", key.verifier()));
    }

    #[test]
    fn a_key_cannot_have_every_name() {
        assert_eq!(LogKey::new("вести.example/журнал", [7; 32]).unwrap().verifier().name(), "вести.example/журнал");
        for name in ["", "a b", "a\u{a0}b", "a+b", "a\nb", "a\u{7f}"] {
            assert!(LogKey::new(name, [7; 32]).is_none(), "{name:?}");
        }
    }

    #[test]
    fn what_reads_back_as_another_text_is_not_signed() {
        let key = LogKey::new("news.example/consent", [7; 32]).unwrap();
        assert_eq!(Note::sign("hello\n", &[&key]).unwrap().text, "hello\n");
        assert_eq!(Note::sign("hello\n", &[]), None);
        // The last one would be a note on `hello`, with a line of a stranger beside ours.
        for text in ["", "hello", "hel\tlo\n", "hello\n\nthere", "hello\n\n\u{2014} other AAAAAAA="] {
            assert_eq!(Note::sign(text, &[&key]), None, "{text:?}");
        }
    }

    #[test]
    fn a_note_has_one_way_to_be_written() {
        let line = |name: &str, bytes: usize| format!("\u{2014} {name} {}\n", STANDARD.encode(vec![7; bytes]));
        let one = line("news.example", 5);
        assert!(Note::parse(format!("hello\n\n{one}").as_bytes()).is_ok());
        assert!(Note::parse(format!("hello\n\n{}", one.repeat(64)).as_bytes()).is_ok());
        for note in [
            String::new(),
            "hello\n\n".to_owned(),
            one.clone(),
            format!("hello\n{one}"),
            format!("hello\n\n{}", one.trim_end()),
            format!("hello\n\n{}", one.replace('\n', "\r\n")),
            format!("hello\n\n{one}there\n"),
            format!("hel\tlo\n\n{one}"),
            format!("hello\n\n{}", line("", 5)),
            format!("hello\n\n{}", line("news+example", 5)),
            // The four bytes of a key's id, and no signature.
            format!("hello\n\n{}", line("news.example", 4)),
            format!("hello\n\n{}", line("news.example", 3)),
            format!("hello\n\n{}", one.repeat(65)),
        ] {
            assert_eq!(Note::parse(note.as_bytes()), Err(NoteError::Malformed), "{note}");
        }
        assert_eq!(Note::parse(b"hello\xff\n\n\xe2\x80\x94 a BwcHBwc=\n"), Err(NoteError::Malformed));
    }
}
