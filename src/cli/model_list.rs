//! `pixseek models list`: what is known of each model, and what is on the disk.

use std::io::{self, IsTerminal, Write};

use anyhow::Result;
use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use super::outcome::Outcome;
use super::output;
use crate::base::escape;
use crate::clip::hub::{self, CachedModel, Hub, KnownModel, Licence, Terms};
use crate::clip::{DEFAULT_MODEL, DEMO_MODEL};

/// What `list --json` prints; scripts depend on these names. What is not known is left out.
#[derive(Serialize)]
struct JsonModel {
    id: String,
    /// `bundled`, `downloaded` or `not downloaded`.
    state: &'static str,
    /// Whether it is used when no model is chosen.
    default: bool,
    /// Whether it is the one to choose.
    recommended: bool,
    /// Whether this version can run it.
    supported: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<String>,
    /// Size of the weights on the disk.
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    about: String,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    known: Option<Published>,
}

/// What was published about a model.
#[derive(Serialize)]
struct Published {
    licence: &'static str,
    /// What the licence allows, in words.
    terms: &'static str,
    languages: &'static str,
    parameters: Parameters,
    /// Cost of a picture.
    gflop: f32,
    download_bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    imagenet: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    coco: Option<f32>,
    source: &'static str,
}

/// Parameters of the towers.
#[derive(Serialize)]
struct Parameters {
    image: u64,
    text: u64,
}

/// What a licence with such terms allows, in words.
pub(super) fn allows(terms: Terms) -> &'static str {
    match terms {
        Terms::Free => "any use",
        Terms::NonCommercial => "no commercial use",
        Terms::Research => "research only",
        Terms::Own => "terms of its own",
        Terms::Unknown => "not known",
    }
}

/// Prints the list.
pub(super) fn print(json: bool) -> Result<Outcome> {
    let models = models();
    let mut out = io::stdout().lock();
    if json {
        models.iter().try_for_each(output::json)?;
        return Ok(Outcome::Done);
    }
    let columns =
        out.is_terminal().then(crossterm::terminal::size).and_then(Result::ok).map(|(width, _)| width);
    out.write_all(table(&models, columns.map(usize::from)).as_bytes())?;
    out.flush()?;
    Ok(Outcome::Done)
}

/// Lists the bundled model, the models known by name, and whatever else the cache holds.
fn models() -> Vec<JsonModel> {
    let hub = Hub::from_env();
    let default = hub.default_model();
    let mut cached = hub.cached();
    let mut models = vec![JsonModel {
        id: DEMO_MODEL.to_owned(),
        state: "bundled",
        default: false,
        recommended: false,
        supported: true,
        revision: None,
        bytes: None,
        about: "for the demo gallery and for tests, not for photos".to_owned(),
        known: None,
    }];
    for known in hub::known() {
        let here = cached.iter().position(|model| model.id == known.id).map(|at| cached.remove(at));
        models.push(of_known(known, here, default));
    }
    models.extend(cached.into_iter().map(|model| JsonModel {
        about: format!("{:.0} MB", model.bytes as f64 / 1e6),
        id: model.id,
        state: "downloaded",
        default: false,
        recommended: false,
        supported: true,
        revision: Some(model.revision),
        bytes: Some(model.bytes),
        known: None,
    }));
    models
}

fn of_known(known: &KnownModel, here: Option<CachedModel>, default: &str) -> JsonModel {
    let (image, text) = known.parameters;
    let figure =
        |name, value: Option<f32>| value.map(|value| format!(", {name} {value:.1}")).unwrap_or_default();
    let figures = figure("COCO", known.coco) + &figure("ImageNet", known.imagenet);
    JsonModel {
        id: known.id.to_owned(),
        state: if here.is_some() { "downloaded" } else { "not downloaded" },
        default: known.id == default,
        recommended: known.id == DEFAULT_MODEL,
        supported: known.is_supported(),
        bytes: here.as_ref().map(|model| model.bytes),
        revision: here.map(|model| model.revision),
        about: format!("{}, {}, {} MB{figures}", known.licence, known.languages, known.megabytes),
        known: Some(Published {
            licence: known.licence,
            terms: allows(Licence::named(known.licence).terms),
            languages: known.languages,
            parameters: Parameters { image: u64::from(image) * 1_000_000, text: u64::from(text) * 1_000_000 },
            gflop: known.gflop,
            download_bytes: u64::from(known.megabytes) * 1_000_000,
            imagenet: known.imagenet,
            coco: known.coco,
            source: known.source,
        }),
    }
}

/// The columns' heads; numbers are aligned to the right.
const HEADS: [(&str, bool); 9] = [
    ("model", false),
    ("here", false),
    ("licence", false),
    ("languages", false),
    ("params", true),
    ("GFLOP", true),
    ("MB", true),
    ("COCO", true),
    ("ImageNet", true),
];

/// The models as a table. Where a terminal of so many `columns` is too narrow, each model's name stands on a line of its
/// own.
fn table(models: &[JsonModel], columns: Option<usize>) -> String {
    let rows: Vec<[String; 9]> =
        std::iter::once(HEADS.map(|(head, _)| head.to_owned())).chain(models.iter().map(row)).collect();
    let widths: Vec<usize> =
        (0..9).map(|column| rows.iter().map(|row| row[column].width()).max().unwrap_or(0)).collect();
    // A mark before each line, and two spaces between columns.
    let is_wide = columns.is_none_or(|columns| 2 + widths.iter().sum::<usize>() + 2 * 8 <= columns);
    let mut text = String::new();
    for (row, model) in rows.iter().zip(std::iter::once(None).chain(models.iter().map(Some))) {
        let mark = if model.is_some_and(|model| model.default) { "* " } else { "  " };
        let cells: Vec<String> =
            row.iter().enumerate().map(|(at, cell)| pad(cell, widths[at], HEADS[at].1)).collect();
        let lines = if is_wide {
            format!("{mark}{}", cells.join("  "))
        } else {
            format!("{mark}{}\n    {}", row[0], cells[1..].join("  "))
        };
        text.extend(lines.lines().flat_map(|line| [line.trim_end(), "\n"]));
    }
    if columns.is_some() {
        text += LEGEND;
        if let Some(other) = models.iter().find(|model| model.recommended && !model.default) {
            text += &format!("Recommended: {}\n", other.id);
        }
    }
    text
}

/// What the table's columns mean.
const LEGEND: &str = "
* is used when no model is chosen. params: millions, of pictures + of texts.
GFLOP: for a picture. COCO: captions that find their picture first; ImageNet:
pictures that are named rightly; both in %, as published (--json says where).
";

fn row(model: &JsonModel) -> [String; 9] {
    let here = match (model.state, model.supported) {
        ("not downloaded", false) => "can't run",
        ("not downloaded", true) => "no",
        ("downloaded", _) => "yes",
        (state, _) => state,
    };
    let id = escape::text(&model.id);
    let dash = || "-".to_owned();
    let Some(known) = &model.known else {
        let megabytes = model.bytes.map_or_else(dash, |bytes| format!("{:.0}", bytes as f64 / 1e6));
        return [id, here.to_owned(), dash(), dash(), dash(), dash(), megabytes, dash(), dash()];
    };
    let percent = |value: Option<f32>| value.map_or_else(dash, |value| format!("{value:.1}"));
    let millions = |parameters: u64| parameters / 1_000_000;
    [
        id,
        here.to_owned(),
        known.licence.to_owned(),
        known.languages.to_owned(),
        format!("{}+{}", millions(known.parameters.image), millions(known.parameters.text)),
        known.gflop.to_string(),
        (known.download_bytes / 1_000_000).to_string(),
        percent(known.coco),
        percent(known.imagenet),
    ]
}

fn pad(cell: &str, width: usize, is_right: bool) -> String {
    let space = " ".repeat(width.saturating_sub(cell.width()));
    if is_right { format!("{space}{cell}") } else { format!("{cell}{space}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn models() -> Vec<JsonModel> {
        let here = CachedModel {
            id: DEFAULT_MODEL.to_owned(),
            revision: "abc".to_owned(),
            folder: "/m".into(),
            bytes: 1_508_000_000,
        };
        let mut here = Some(here);
        hub::known().iter().map(|known| of_known(known, here.take(), DEFAULT_MODEL)).collect()
    }

    #[test]
    fn the_table_fits_a_terminal() {
        let models = models();
        let wide = table(&models, None);
        let first = wide.lines().nth(1).unwrap();
        assert!(first.starts_with("* google/siglip2-base-patch32-256 "), "{first}");
        let cells: Vec<&str> = first.split_whitespace().skip(2).collect();
        assert_eq!(cells, ["yes", "apache-2.0", "100+", "95+282", "11.6", "1508", "47.2", "74.0"]);
        assert_eq!(wide.lines().count(), 1 + models.len());
        let narrow = table(&models, Some(80));
        assert!(narrow.lines().all(|line| line.width() <= 80), "{narrow}");
        assert!(narrow.contains("\n* google/siglip2-base-patch32-256\n    yes "), "{narrow}");
    }

    #[test]
    fn json_has_what_is_known_and_leaves_out_the_rest() {
        let models = models();
        let json = |id: &str| {
            let model = models.iter().find(|model| model.id == id).unwrap();
            serde_json::to_value(model).unwrap()
        };
        let recommended = json(DEFAULT_MODEL);
        assert_eq!(recommended["state"], "downloaded");
        assert_eq!(recommended["recommended"], true);
        assert_eq!(recommended["licence"], "apache-2.0");
        assert_eq!(recommended["terms"], "any use");
        assert_eq!(recommended["parameters"]["text"], 282_000_000);
        assert_eq!(recommended["bytes"], 1_508_000_000);
        let restricted = json("facebook/metaclip-b32-400m");
        assert_eq!(restricted["terms"], "no commercial use");
        assert!(restricted.get("imagenet").is_none() && restricted.get("revision").is_none());
    }
}
