//! The table does what the library's `BPE` does.

use proptest::prelude::*;
use tokenizers::models::bpe::BPE;

use super::*;

/// A vocabulary of the characters a to d and of what merges make of them, with bytes, an unknown token, and the ends of
/// words.
fn vocabulary(merges: &[(String, String)], with_bytes: bool) -> HashMap<String, u32> {
    let mut tokens: Vec<String> = ["[U]", "a", "b", "c", "d", "a.", "b.", "c."].map(str::to_owned).into();
    tokens.extend(merges.iter().map(|(left, right)| format!("{left}{right}")));
    if with_bytes {
        tokens.extend((0..=255).map(|byte| format!("<{byte:#04X}>")));
    }
    let mut vocabulary = HashMap::new();
    for token in tokens {
        let id = vocabulary.len() as u32;
        vocabulary.entry(token).or_insert(id);
    }
    vocabulary
}

/// Merges of tokens that are there when their turn comes, some of them twice.
fn merges(picks: &[(usize, usize)]) -> Vec<(String, String)> {
    let mut known: Vec<String> = ["a", "b", "c", "d", "a.", "b.", "c."].map(str::to_owned).into();
    let mut merges = Vec::new();
    for (left, right) in picks {
        let (left, right) = (known[left % known.len()].clone(), known[right % known.len()].clone());
        if left.len() + right.len() < 12 {
            known.push(format!("{left}{right}"));
            merges.push((left, right));
        }
    }
    merges
}

fn library(vocabulary: &HashMap<String, u32>, merges: &[(String, String)], rules: &BpeRules) -> BPE {
    let mut json = serde_json::to_value(rules).unwrap();
    let model = json.as_object_mut().unwrap();
    model.insert("type".into(), "BPE".into());
    model.insert("vocab".into(), serde_json::to_value(vocabulary).unwrap());
    model.insert("merges".into(), serde_json::to_value(merges).unwrap());
    serde_json::from_str(&json.to_string()).unwrap()
}

proptest! {
    #[test]
    fn words_are_cut_as_the_library_cuts_them(
        picks in prop::collection::vec((0_usize..60, 0_usize..60), 0..40),
        words in prop::collection::vec("[a-dé🐈x]{0,30}", 1..6),
        unknown in any::<bool>(),
        suffix in any::<bool>(),
        flags in any::<[bool; 3]>(),
        with_bytes in any::<bool>(),
    ) {
        let [fuse_unk, byte_fallback, ignore_merges] = flags;
        let rules = BpeRules {
            unk_token: unknown.then(|| "[U]".to_owned()),
            end_of_word_suffix: suffix.then(|| ".".to_owned()),
            fuse_unk,
            byte_fallback,
            ignore_merges,
        };
        let merges = merges(&picks);
        let vocabulary = vocabulary(&merges, with_bytes);
        let library = library(&vocabulary, &merges, &rules);
        let pairs = merges.iter().map(|(left, right)| (left.as_str(), right.as_str()));
        let table = BpeTable::new(&vocabulary, pairs, rules.clone()).unwrap();
        let [tokens, merges] = table.blocks().map(<[u8]>::to_vec);
        let kept = BpeTable::from_blocks(tokens, merges, rules).unwrap();
        prop_assert_eq!(&kept, &table);
        prop_assert_eq!(kept.get_vocab(), vocabulary.clone());
        for word in &words {
            let parts = |tokens: Vec<Token>| tokens.into_iter().map(|t| (t.id, t.offsets)).collect::<Vec<_>>();
            let expected = parts(library.tokenize(word).unwrap());
            prop_assert_eq!(parts(kept.tokenize(word).unwrap()), expected, "{}", word);
        }
        for (token, id) in vocabulary {
            prop_assert_eq!(kept.token_to_id(&token), Some(id));
            prop_assert_eq!(kept.id_to_token(id), Some(token));
        }
        prop_assert_eq!(kept.token_to_id("ab no token"), None);
    }

    /// A planted file has the checksums that it should have: what it says must not lead out of its blocks.
    #[test]
    fn blocks_of_anything_do_no_harm(
        tokens in prop::collection::vec(any::<u8>(), 0..200),
        count in 0_u32..12,
        merges in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        let mut tokens = tokens;
        if let Some(first) = tokens.first_chunk_mut() {
            *first = count.to_le_bytes();
        }
        let rules = BpeRules { unk_token: Some("a".into()), byte_fallback: true, ..BpeRules::default() };
        if let Some(table) = BpeTable::from_blocks(tokens, merges, rules) {
            let _ = table.tokenize("some text");
            let _ = table.id_to_token(3);
        }
    }
}

#[test]
fn a_merge_of_unknown_tokens_is_an_error_that_names_the_token() {
    let vocabulary = vocabulary(&[], false);
    for (pair, missing) in [(("a", "x"), "x"), (("x", "a"), "x"), (("a", "b"), "ab")] {
        assert_eq!(BpeTable::new(&vocabulary, [pair], BpeRules::default()), Err(missing.to_owned()));
    }
    let rules = BpeRules { unk_token: Some("[no]".into()), ..BpeRules::default() };
    let table = BpeTable::new(&vocabulary, [], rules).unwrap();
    assert!(table.tokenize("x").unwrap_err().to_string().contains("'[no]'"));
}
