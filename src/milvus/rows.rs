//! Rows: entering, deleting, counting, reading and searching them.

use prost::Message as _;

use super::client::Client;
use super::collections::{IndexKind, METRIC};
use super::column::{Column, Columns};
use super::consistency::Consistency;
use super::error::MilvusError;
use super::row_wire;
use super::wire::{self, data_type, message_type};

/// The most rows that one answer has (`proxy.topKLimit` and `quotaAndLimits.limits.maxQueryResultWindow` of servers).
pub(crate) const MAX_ROWS: usize = 16_384;

/// Where rows lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scope<'a> {
    /// The collection's name.
    pub collection: &'a str,
    /// The partition's name.
    pub partition: &'a str,
}

/// What is asked of rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// Where they lie.
    pub scope: Scope<'a>,
    /// What is true of them; empty for all.
    pub expression: &'a str,
    /// The fields that are wanted.
    pub output: &'a [&'a str],
    /// The number of rows at most, up to [`MAX_ROWS`].
    pub limit: usize,
    /// Which rows must be seen.
    pub consistency: Consistency,
}

/// The rows nearest to a vector, best first.
#[derive(Debug)]
pub(crate) struct Neighbours {
    /// Their keys.
    pub keys: Vec<i64>,
    /// The cosines to the vector, as the server has them.
    pub scores: Vec<f32>,
    /// The fields that were asked for.
    pub fields: Columns,
}

fn base(kind: i32) -> Option<wire::Base> {
    Some(wire::Base { kind })
}

fn pair(key: &str, value: impl Into<String>) -> wire::Pair {
    wire::Pair { key: key.to_owned(), value: value.into() }
}

impl Client {
    /// Enters rows, in place of those with the same keys.
    ///
    /// # Errors
    /// See [`MilvusError`].
    pub(crate) fn upsert(&self, scope: Scope<'_>, columns: Vec<(&str, Column)>) -> Result<(), MilvusError> {
        let rows = columns.first().map_or(0, |(_, column)| column.rows());
        let Ok(rows) = u32::try_from(rows) else {
            let reason = format!("{rows} rows are too many for one request");
            return Err(MilvusError::Refused { server: self.server().to_owned(), reason });
        };
        let request = row_wire::Upsert {
            base: base(message_type::UPSERT),
            collection: scope.collection.to_owned(),
            partition: scope.partition.to_owned(),
            fields: columns.into_iter().map(|(name, column)| column.into_field(name)).collect(),
            rows,
        };
        self.call("Upsert", scope.collection, &request, |answer: &row_wire::MutationAnswer| {
            answer.status.clone()
        })?;
        Ok(())
    }

    /// Deletes the rows with these keys, if they are there.
    ///
    /// # Errors
    /// See [`MilvusError`].
    pub(crate) fn delete(&self, scope: Scope<'_>, key: &str, keys: &[i64]) -> Result<(), MilvusError> {
        let request = row_wire::Delete {
            base: base(message_type::DELETE),
            collection: scope.collection.to_owned(),
            partition: scope.partition.to_owned(),
            expression: format!("{key} in {keys:?}"),
        };
        self.call("Delete", scope.collection, &request, |answer: &row_wire::MutationAnswer| {
            answer.status.clone()
        })?;
        Ok(())
    }

    /// Number of rows that fulfil an expression.
    ///
    /// # Errors
    /// See [`MilvusError`].
    pub(crate) fn count(
        &self,
        scope: Scope<'_>,
        expression: &str,
        consistency: Consistency,
    ) -> Result<usize, MilvusError> {
        let request = row_wire::Query {
            base: base(message_type::RETRIEVE),
            collection: scope.collection.to_owned(),
            expression: expression.to_owned(),
            output: vec!["count(*)".to_owned()],
            partitions: vec![scope.partition.to_owned()],
            consistency: consistency.number(),
            ..row_wire::Query::default()
        };
        let answer = self.call("Query", scope.collection, &request, |answer: &row_wire::QueryAnswer| {
            answer.status.clone()
        })?;
        let counted = Columns::new(self.server(), answer.fields).longs("count(*)", 1)?;
        Ok(counted.first().and_then(|count| usize::try_from(*count).ok()).unwrap_or(0))
    }

    /// Rows that fulfil an expression, in no order. Their fields, by name.
    ///
    /// # Errors
    /// See [`MilvusError`].
    pub(crate) fn query(&self, asked: Asked<'_>) -> Result<Columns, MilvusError> {
        self.query_with(asked, None)
    }

    /// A page of the rows that fulfil an expression: those with the least keys, so that a later page can ask for greater ones.
    /// It may have fewer rows than `limit`, but none only if there are none.
    ///
    /// # Errors
    /// See [`MilvusError`].
    pub(crate) fn query_page(&self, asked: Asked<'_>) -> Result<Columns, MilvusError> {
        // Otherwise segments that are read up to their limits would hide lesser keys.
        self.query_with(asked, Some(pair("reduce_stop_for_best", "true")))
    }

    fn query_with(&self, asked: Asked<'_>, more: Option<wire::Pair>) -> Result<Columns, MilvusError> {
        let Asked { scope, expression, output, limit, consistency } = asked;
        let request = row_wire::Query {
            base: base(message_type::RETRIEVE),
            collection: scope.collection.to_owned(),
            expression: expression.to_owned(),
            output: output.iter().map(|name| (*name).to_owned()).collect(),
            partitions: vec![scope.partition.to_owned()],
            parameters: std::iter::once(pair("limit", limit.min(MAX_ROWS).to_string())).chain(more).collect(),
            consistency: consistency.number(),
            ..row_wire::Query::default()
        };
        let answer = self.call("Query", scope.collection, &request, |answer: &row_wire::QueryAnswer| {
            answer.status.clone()
        })?;
        Ok(Columns::new(self.server(), answer.fields))
    }

    /// The rows whose `field` is nearest to a vector among those that fulfil an expression, best first.
    ///
    /// # Errors
    /// See [`MilvusError`].
    pub(crate) fn search(
        &self,
        asked: Asked<'_>,
        field: &str,
        vector: &[f32],
        index: IndexKind,
    ) -> Result<Neighbours, MilvusError> {
        let Asked { scope, expression, output, limit, consistency } = asked;
        let limit = limit.clamp(1, MAX_ROWS);
        let bytes = vector.iter().flat_map(|number| number.to_le_bytes()).collect();
        let placeholder = row_wire::Placeholder {
            tag: "$0".to_owned(),
            data_type: data_type::FLOAT_VECTOR,
            values: vec![bytes],
        };
        let request = row_wire::Search {
            base: base(message_type::SEARCH),
            collection: scope.collection.to_owned(),
            partitions: vec![scope.partition.to_owned()],
            expression: expression.to_owned(),
            vectors: row_wire::PlaceholderGroup { placeholders: vec![placeholder] }.encode_to_vec(),
            dsl_type: 1,
            output: output.iter().map(|name| (*name).to_owned()).collect(),
            parameters: vec![
                pair("anns_field", field),
                pair("topk", limit.to_string()),
                pair("metric_type", METRIC),
                pair("params", index.search_parameters(limit)),
                pair("round_decimal", "-1"),
            ],
            queries: 1,
            consistency: consistency.number(),
            ..row_wire::Search::default()
        };
        let answer = self.call("Search", scope.collection, &request, |answer: &row_wire::SearchAnswer| {
            answer.status.clone()
        })?;
        let row_wire::Found { fields, scores, keys } = answer.found.unwrap_or_default();
        let keys = keys.and_then(|keys| keys.longs).unwrap_or_default().data;
        if keys.len() != scores.len() {
            let what = format!("{} keys with {} scores", keys.len(), scores.len());
            return Err(MilvusError::Answer { server: self.server().to_owned(), what });
        }
        Ok(Neighbours { keys, scores, fields: Columns::new(self.server(), fields) })
    }
}
