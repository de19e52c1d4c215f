//! Any text is read or refused as a query, with a place that lies in it; what is read is the same when printed and read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pixseek::query::{Options, errors, parse, read};

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    for numbered_results in [false, true] {
        let options = Options { numbered_results };
        match read(&text, options) {
            Ok(parsed) => {
                let printed = parsed.query.to_string();
                let again = read(&printed, options).map(|parsed| parsed.query);
                assert_eq!(again.as_ref(), Ok(&parsed.query), "{printed:?}");
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
        for error in errors(&text, options) {
            assert!(text.get(error.span.clone()).is_some(), "{error:?}");
            assert!(error.column <= text.chars().count() + 1, "{error:?}");
        }
    }
    let _ = parse(&text);
});
