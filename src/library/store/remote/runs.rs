//! What machines tell one another in the store: the models that it has vectors of, and how far each machine is.
//!
//! Both are rows of a partition of their own, whose field of facts says what they are.

use serde::{Deserialize, Serialize};

use super::schema::{self, RUNS, field};
use crate::base::model_key::ModelKey;
use crate::library::store::access::StoreAccess;
use crate::library::store::error::StoreError;
use crate::library::store::place::{Shard, picture_key};
use crate::library::store::records::RunState;
use crate::milvus::{Asked, Client, Column, Consistency, MAX_ROWS, MilvusError, Scope};

/// What a row of the partition tells.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Note {
    Run(RunState),
    Model { id: String, revision: String, precision: String, dimension: usize },
}

/// The models that a store has vectors of.
pub(super) fn models(client: &Client, access: &StoreAccess) -> Result<Vec<ModelKey>, Box<StoreError>> {
    let notes = notes(client, &access.url.name).map_err(|error| access.error(error))?;
    let models = notes.into_iter().filter_map(|note| match note {
        Note::Model { id, revision, precision, dimension } => {
            Some(ModelKey { id, revision, precision: precision.parse().ok()?, dimension })
        }
        Note::Run(_) => None,
    });
    Ok(models.collect())
}

/// How far all machines are, by root and part.
pub(super) fn runs(client: &Client, access: &StoreAccess) -> Result<Vec<RunState>, Box<StoreError>> {
    let notes = notes(client, &access.url.name).map_err(|error| access.error(error))?;
    let runs = notes.into_iter().filter_map(|note| match note {
        Note::Run(run) => Some(run),
        Note::Model { .. } => None,
    });
    let mut runs: Vec<RunState> = runs.collect();
    let part = |run: &RunState| {
        run.shard.as_ref().and_then(|shard| shard.parse::<Shard>().ok().map(|shard| shard.index))
    };
    runs.sort_by(|a, b| (&a.root, &a.model, part(a)).cmp(&(&b.root, &b.model, part(b))));
    Ok(runs)
}

fn notes(client: &Client, name: &str) -> Result<Vec<Note>, MilvusError> {
    let scope = Scope { collection: name, partition: RUNS };
    if !client.partitions(name)?.iter().any(|partition| partition == RUNS) {
        return Ok(Vec::new());
    }
    let output = &[field::ID, field::FACTS];
    let asked =
        Asked { scope, expression: "id >= 0", output, limit: MAX_ROWS, consistency: Consistency::Strong };
    let mut columns = client.query(asked)?;
    let rows = super::row::count(&columns);
    let facts = columns.json(field::FACTS, rows)?;
    // Notes of later versions are none of ours.
    Ok(facts.iter().filter_map(|json| serde_json::from_slice(json).ok()).collect())
}

/// Notes that the store has, or will have, vectors of a model.
pub(super) fn note_model(client: &Client, name: &str, key: &ModelKey) -> Result<(), MilvusError> {
    let note = Note::Model {
        id: key.id.clone(),
        revision: key.revision.clone(),
        precision: key.precision.stored_name().to_owned(),
        dimension: key.dimension,
    };
    enter(client, name, key.dimension, &schema::partition(key), &note)
}

/// Notes how far this machine is.
pub(super) fn note_run(
    client: &Client,
    name: &str,
    key: &ModelKey,
    run: &RunState,
) -> Result<(), MilvusError> {
    let of =
        format!("{}\0{}\0{}", schema::partition(key), run.root, run.shard.as_deref().unwrap_or_default());
    enter(client, name, key.dimension, &of, &Note::Run(run.clone()))
}

/// Enters a note, in place of the earlier one about the same.
fn enter(client: &Client, name: &str, dimension: usize, about: &str, note: &Note) -> Result<(), MilvusError> {
    let mut vector = vec![0.0; dimension];
    // It is never searched, but has to have a direction.
    if let Some(first) = vector.first_mut() {
        *first = 1.0;
    }
    let zero = || Column::Longs(vec![0]);
    let empty = || Column::Texts(vec![String::new()]);
    let columns = schema::schema(dimension).fields.into_iter().map(|known| {
        let column = match known.name.as_str() {
            field::ID => Column::Longs(vec![picture_key(RUNS, about.as_bytes())]),
            field::VECTOR => Column::Vectors { dimension, numbers: std::mem::take(&mut vector) },
            field::ROOT | field::PATH | field::HASH | field::EXTENSION => empty(),
            field::LATITUDE | field::LONGITUDE => Column::Doubles(vec![0.0]),
            field::WORDS => Column::Json(vec![b"{}".to_vec()]),
            field::FACTS => Column::Json(vec![serde_json::to_vec(note).unwrap_or_default()]),
            _ => zero(),
        };
        (known.name, column)
    });
    let columns: Vec<(String, Column)> = columns.collect();
    let columns = columns.iter().map(|(name, column)| (name.as_str(), column.clone())).collect();
    client.upsert(Scope { collection: name, partition: RUNS }, columns)
}
