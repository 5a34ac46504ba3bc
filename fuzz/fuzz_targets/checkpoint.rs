//! Any bytes as a signed note: it is read in its one form or not at all, as another reader does, and no text is believed
//! but the one that was signed.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tower_consent::audit::{Checkpoint, Head, LogKey, Note, Verifier};

static SIGNED: LazyLock<(Verifier, String)> = LazyLock::new(|| {
    let key = LogKey::new("news.example/consent", [7; 32]).expect("a name of a key");
    let note = Checkpoint::of("news.example/consent", &Head::EMPTY).sign(&[&key]).expect("an origin");
    (key.verifier().clone(), note.to_string())
});

fuzz_target!(|data: &[u8]| {
    let (verifier, signed) = &*SIGNED;
    // `@` stands for the signature line that is good.
    let line = signed.split("\n\n").nth(1).expect("a signature").trim_end();
    let note: Vec<u8> =
        data.iter().flat_map(|byte| if *byte == b'@' { line.as_bytes().to_vec() } else { vec![*byte] }).collect();
    if let Ok(read) = Note::parse(&note) {
        assert_eq!(read.to_string().as_bytes(), note);
    }
    let trusted = [verifier.clone()];
    if let Ok(checkpoint) = Checkpoint::open(&note, &trusted) {
        assert_eq!(checkpoint.to_string(), signed.split("\n\n").next().expect("a text").to_owned() + "\n");
    }
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(read) = text.parse::<Verifier>()
    {
        assert_eq!(read.to_string(), text);
    }
});
