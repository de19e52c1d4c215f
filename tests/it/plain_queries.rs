//! Plain text keeps its meaning: 200 queries are read as the very text that they are, and have the vectors that they had
//! before there was a query language.

use std::fs;
use std::path::{Path, PathBuf};

use pixseek::clip::Checkpoint;
use pixseek::library::embed_text;
use pixseek::query;
use safetensors::SafeTensors;

/// How far a component may be off: other CPUs round otherwise, by less than a hundredth of this.
const TOLERANCE: f32 = 1e-6;

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn queries() -> Vec<String> {
    serde_json::from_slice(&fs::read(data("plain-queries.json")).unwrap()).unwrap()
}

/// What `tools/parity/plain_queries.py` wrote: a row a query.
fn committed_vectors() -> Vec<Vec<f32>> {
    let bytes = fs::read(data("plain-queries.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let tensor = file.tensor("embeddings").unwrap();
    let &[_, dimension] = tensor.shape() else { panic!("{:?}", tensor.shape()) };
    let numbers: Vec<f32> =
        tensor.data().chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect();
    numbers.chunks_exact(dimension).map(<[f32]>::to_vec).collect()
}

#[test]
fn two_hundred_plain_queries_keep_their_vectors() {
    let (queries, committed) = (queries(), committed_vectors());
    assert_eq!((queries.len(), committed.len()), (200, 200));
    let checkpoint = Checkpoint::find("demo").unwrap();
    for (text, committed) in queries.iter().zip(&committed) {
        assert_eq!(query::parse(text).unwrap().plain_text(), Some(text.as_str()));
        let vector = embed_text(&checkpoint, text).unwrap();
        assert_eq!(vector.len(), committed.len());
        let off = vector.iter().zip(committed).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(off <= TOLERANCE, "{text:?} is off by {off}");
    }
}
