//! What holds after every sequence of events.

use proptest::prelude::*;

use super::*;
use crate::tui::app::download::{Download, Step};
use crate::tui::app::trashed::TrashedPicture;
use crate::tui::sheet::{Part, Sheet};

fn trashed(ids: Vec<i64>) -> Vec<TrashedPicture> {
    let picture = |id: i64| {
        let path = PathBuf::from(format!("/p/{id}.jpg"));
        TrashedPicture { id, place: path.clone(), path, file: None }
    };
    ids.into_iter().map(picture).collect()
}

fn any_event() -> impl Strategy<Value = Event> {
    let code = prop_oneof![
        any::<char>().prop_map(KeyCode::Char),
        proptest::sample::select(vec![
            KeyCode::Up,
            KeyCode::Down,
            KeyCode::PageUp,
            KeyCode::PageDown,
            KeyCode::Home,
            KeyCode::End,
            KeyCode::Tab,
            KeyCode::BackTab,
            KeyCode::Enter,
            KeyCode::Esc,
            KeyCode::F(1),
            KeyCode::Backspace,
            KeyCode::Delete,
            KeyCode::Left,
            KeyCode::Right,
        ]),
    ];
    let key = (code, 0u8..8)
        .prop_map(|(code, bits)| KeyEvent::new(code, KeyModifiers::from_bits_truncate(bits)))
        .prop_map(|key| Event::Key(key, Instant::now()));
    let answered = (0u64..12, proptest::collection::vec(0i64..30, 0..40)).prop_map(|(generation, ids)| {
        Event::Answered { generation, pictures: ids.len(), hits: hits(ids), at: Instant::now() }
    });
    let kinds = vec![
        MouseEventKind::ScrollDown,
        MouseEventKind::ScrollUp,
        MouseEventKind::Down(MouseButton::Left),
        MouseEventKind::Down(MouseButton::Right),
        MouseEventKind::Moved,
    ];
    let mouse = (proptest::sample::select(kinds), any::<u16>(), 0u16..60).prop_map(|(kind, column, row)| {
        Event::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }, Instant::now())
    });
    prop_oneof![
        6 => key,
        3 => answered,
        1 => "[ -~]{0,8}|\\PC{0,8}|@[0-9]{1,2}( [+-] @[0-9])?".prop_map(|text| Event::Paste(text, Instant::now())),
        1 => mouse,
        1 => (any::<u16>(), any::<u16>()).prop_map(|(width, height)| Event::Resize(width, height)),
        1 => (20u16..120, 5u16..60).prop_map(|(width, height)| Event::Resize(width, height)),
        1 => proptest::collection::vec(-9i64..0, 0..9)
            .prop_map(|ids| Event::Listed { pictures: ids.len(), hits: hits(ids), days: Arc::default() }),
        1 => (0u64..4).prop_map(|generation| Event::Download {
            generation,
            step: Step::Failed { reason: "x".into() },
            at: Instant::now(),
        }),
        1 => (1u64..4).prop_map(|generation| Event::ModelReady {
            generation,
            indexes: true,
            notice: None,
            at: Instant::now(),
        }),
        1 => proptest::collection::vec(-9i64..30, 0..9)
            .prop_map(|ids| Event::Trashed { pictures: trashed(ids), words: "x".into() }),
        1 => proptest::collection::vec(-9i64..30, 0..4).prop_map(|ids| Event::Restored {
            restored: trashed(ids.clone()),
            kept: Vec::new(),
            marked: ids,
            words: "x".into(),
        }),
        1 => Just(Event::Indexed(Summary::default())),
        1 => (0u64..12).prop_map(|generation| Event::Embedded { generation, vector: vector() }),
        1 => (0u64..12, proptest::option::of(0usize..3)).prop_map(|(generation, term)| Event::EmbedFailed { generation, term, reason: "x".into() }),
    ]
}

proptest! {
    #[test]
    fn no_sequence_of_events_breaks_the_selection(
        missing in any::<bool>(),
        events in proptest::collection::vec(any_event(), 0..80),
    ) {
        let mut state = browser();
        state.download = missing.then(|| Download::starting(1));
        for event in events {
            let is_of_model = matches!(
                event,
                Event::Embedded { .. } | Event::EmbedFailed { .. } | Event::Answered { .. } | Event::Indexed(_)
            );
            if is_of_model && state.download.is_some() {
                // The workers that send it don't run before the model is here.
                continue;
            }
            let effects = update(&mut state, event);
            let needs_model = |effect: &Effect| {
                matches!(effect, Effect::Embed { .. } | Effect::Search { .. } | Effect::Refresh)
            };
            prop_assert!(state.download.is_none() || !effects.iter().any(needs_model));
            let results = &state.results;
            let count = results.hits.len();
            let cells = |sheet: Sheet| {
                let parts = sheet.parts(results.offset);
                parts.iter().filter(|part| matches!(part, Part::Cell { .. })).count()
            };
            let shown = state.sheet().map_or_else(|| state.list_rows(), cells);
            prop_assert!(results.selected < count || (count == 0 && results.selected == 0));
            prop_assert!(results.offset <= results.selected && (results.selected < results.offset + shown || count == 0));
            prop_assert!(results.answered <= results.asked);
            prop_assert_eq!(&results.asked_meaning, &state.reading.meaning);
            let span = state.reading.fault.as_ref().map(|fault| fault.span.clone());
            prop_assert!(span.is_none_or(|span| state.query.text().get(span).is_some()));
            prop_assert!(state.preview.wanted.is_none() || count > 0);
        }
    }
}
