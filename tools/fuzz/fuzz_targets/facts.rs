//! Any bytes are read for what they say of a picture: EXIF, XMP and IPTC in files of all formats, and as a sidecar.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pixseek::picture::{Source, read_facts, with_sidecars};

fuzz_target!(|bytes: &[u8]| {
    let facts = read_facts(Source::from(bytes));
    for text in facts.make.iter().chain(&facts.model).chain(&facts.lens).chain(&facts.tags) {
        assert!(!text.contains(char::is_control), "{text:?}");
    }
    let _ = with_sidecars(facts, &[bytes.to_vec()]);
});
