//! The line of keys: the most useful ones for what can be done now.

use ratatui::layout::{Position, Rect};
use unicode_width::UnicodeWidthStr;

use super::keymap::{Action, Meaning};
use super::overlay::Overlay;
use super::query_undo;
use super::saved_boxes::Picker;
use super::state::State;
use crate::tui::display::thousands;
use crate::tui::layout::Arrangement;

/// The blanks between two hints.
const BETWEEN: u16 = 2;

/// A key, and what it does now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hint {
    /// The name of the key.
    pub key: String,
    /// What it does.
    pub words: String,
    /// What a click on the hint does.
    pub meaning: Meaning,
}

/// The hints that fit into the line `area`, each with its place: the most useful one first, the help on the right.
pub(crate) fn placed(state: &State, area: Rect) -> Vec<(Rect, Hint)> {
    let (hints, last) = (hints(state), help(state));
    let width = |hint: &Hint| u16::try_from(hint.key.width() + 1 + hint.words.width()).unwrap_or(u16::MAX);
    let mut placed = Vec::new();
    let mut end = area.right();
    if let Some(hint) = last {
        let width = width(&hint).min(area.width);
        end -= width;
        placed.push((Rect { x: end, width, ..area }, hint));
        end = end.saturating_sub(BETWEEN);
    }
    let mut x = area.x;
    for hint in hints {
        let width = width(&hint);
        if x.saturating_add(width) > end {
            break;
        }
        placed.push((Rect { x, width, ..area }, hint));
        x += width + BETWEEN;
    }
    placed
}

/// What the hint under this position means.
pub(crate) fn at(state: &State, position: Position) -> Option<Meaning> {
    let area = state.panes()?.keys?;
    placed(state, area).into_iter().find_map(|(place, hint)| place.contains(position).then_some(hint.meaning))
}

/// The hints but the help, the most useful one first.
fn hints(state: &State) -> Vec<Hint> {
    let fixed =
        |key: &str, words: &str, meaning| Some(Hint { key: key.into(), words: words.into(), meaning });
    let back = |words: &str| of(state, Action::Back, words);
    match &state.overlay {
        Some(Overlay::Help { .. }) => {
            return [
                fixed("a-z", "find", Meaning::Nothing),
                of(state, Action::PageDown, "more"),
                back("close"),
            ]
            .into_iter()
            .flatten()
            .collect();
        }
        Some(Overlay::Menu { .. }) => {
            let (digits, enter) = (fixed("1-9", "do", Meaning::Nothing), of(state, Action::Accept, "do it"));
            return [enter, digits, of(state, Action::Down, "next"), back("close")]
                .into_iter()
                .flatten()
                .collect();
        }
        Some(Overlay::ConfirmTrash { .. }) => {
            return [fixed("y", "yes", Meaning::Type('y')), back("no")].into_iter().flatten().collect();
        }
        Some(Overlay::Naming(_)) => {
            return [of(state, Action::Accept, "save"), back("close")].into_iter().flatten().collect();
        }
        Some(Overlay::Picker(Picker { deletes: true, .. })) => {
            return [fixed("y", "yes", Meaning::Type('y')), back("no")].into_iter().flatten().collect();
        }
        Some(Overlay::Picker(_)) => {
            let hints = [
                of(state, Action::Accept, "search"),
                of(state, Action::Trash, "delete"),
                fixed("a-z", "find", Meaning::Nothing),
                back("close"),
            ];
            return hints.into_iter().flatten().collect();
        }
        Some(Overlay::DownloadFailed) => {
            let hints =
                [of(state, Action::Accept, "try again"), back("close"), of(state, Action::Leave, "leave")];
            return hints.into_iter().flatten().collect();
        }
        None => {}
    }
    let marked = state.marked.len();
    let print = match marked {
        0 => "print".to_owned(),
        1 => "print the marked one".to_owned(),
        _ => format!("print {} paths", thousands(marked)),
    };
    let print = || of(state, Action::Accept, &print);
    let (mark, like) = (of(state, Action::MarkDown, "mark"), || of(state, Action::Like, "more like this"));
    let mark = mark.filter(|_| state.multi);
    let menu = || of(state, Action::Menu, "actions");
    let hints = if state.results.hits.is_empty() {
        vec![of(state, Action::HistoryBack, "previous query"), back("leave")]
    } else if state.beneath_marked.is_some() {
        vec![back("back to the results"), mark_words(state), print(), menu(), like()]
    } else if state.situation().zoomed {
        vec![
            of(state, Action::ZoomIn, "closer"),
            of(state, Action::ZoomOut, "away"),
            of(state, Action::PanRight, "and other arrows move"),
            of(state, Action::ActualSize, "pixel by pixel"),
            back("the whole"),
        ]
    } else if state.situation().full_picture {
        vec![
            of(state, Action::NextPicture, "next"),
            of(state, Action::PreviousPicture, "previous"),
            of(state, Action::ZoomIn, "closer"),
            back("back"),
            mark,
            like(),
            of(state, Action::TypeQuery, "type"),
        ]
    } else if state.look_alikes.is_some() {
        let rest = of(state, Action::TrashRest, "keep the best, trash the rest");
        vec![back("back"), rest, of(state, Action::OpenGroup, "close or open"), mark, menu()]
    } else if !state.similar_to.is_empty() {
        vec![back("back"), print(), mark, like(), menu()]
    } else if query_undo::is_refined(state) && marked == 0 {
        let (more, less) =
            (of(state, Action::MoreLike, "more"), of(state, Action::LessLike, "less like this"));
        vec![back("take back"), print(), more, less, mark, menu()]
    } else if marked > 0 {
        let listed = of(state, Action::ShowMarked, "list them");
        vec![print(), menu(), listed, back("unmark"), mark]
    } else if state.arrangement == Arrangement::Picture {
        vec![print(), of(state, Action::Down, "next"), back("back"), mark, like()]
    } else {
        vec![print(), mark, like(), menu(), of(state, Action::Arrange, "layout")]
    };
    hints.into_iter().flatten().collect()
}

/// What the key for marks does in the list of the marked.
fn mark_words(state: &State) -> Option<Hint> {
    let is_marked = state.results.selected_hit().is_some_and(|hit| state.is_marked(hit.id));
    of(state, Action::MarkDown, if is_marked { "unmark" } else { "mark again" })
}

/// The hint of an action, with the first of its keys; none if it has no key.
fn of(state: &State, action: Action, words: &str) -> Option<Hint> {
    let key = state.keys.label_in(action, state.situation())?;
    Some(Hint { key, words: words.to_owned(), meaning: Meaning::Do(action) })
}

/// The hint on the help. Some terminals take F1 for themselves.
fn help(state: &State) -> Option<Hint> {
    let open = matches!(state.overlay, Some(Overlay::Help { .. }));
    of(state, Action::Help, "help").filter(|_| !open)
}

#[cfg(test)]
mod tests {

    use std::time::Instant;

    use crossterm::event::{KeyCode, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
    use ratatui::layout::Size;

    use super::*;

    use crate::tui::app::effect::Effect;
    use crate::tui::app::event::Event;
    use crate::tui::app::keymap::{Key, Keymap};
    use crate::tui::app::keys_in_tests::{browser_of, ctrl, press, type_in};
    use crate::tui::app::update::update;

    fn browser() -> State {
        browser_of(Size { width: 100, height: 30 }, 9)
    }

    fn shown(state: &State) -> String {
        let mut placed = placed(state, state.panes().unwrap().keys.unwrap());
        placed.sort_by_key(|(place, _)| place.x);
        let words: Vec<String> =
            placed.iter().map(|(_, hint)| format!("{} {}", hint.key, hint.words)).collect();
        words.join(" | ")
    }

    fn click(state: &mut State, words: &str) -> Vec<Effect> {
        let placed = placed(state, state.panes().unwrap().keys.unwrap());
        let (place, _) = placed.iter().find(|(_, hint)| hint.words == words).unwrap();
        let kind = MouseEventKind::Down(MouseButton::Left);
        let mouse = MouseEvent { kind, column: place.x, row: place.y, modifiers: KeyModifiers::NONE };
        update(state, Event::Mouse(mouse, Instant::now()))
    }

    #[test]
    fn the_hints_are_those_of_what_can_be_done() {
        let mut state = browser();
        assert_eq!(
            shown(&state),
            "enter print | tab mark | ctrl-s more like this | ctrl-x actions | ctrl-l layout | ? help"
        );
        type_in(&mut state, "x");
        assert!(shown(&state).ends_with("| F1 help"), "{}", shown(&state));
        press(&mut state, KeyCode::Tab);
        press(&mut state, KeyCode::Tab);
        assert!(
            shown(&state).starts_with("enter print 2 paths | ctrl-x actions | alt-m list them | esc unmark")
        );
        press(&mut state, KeyCode::F(8));
        assert!(shown(&state).starts_with("y yes | esc no"), "{}", shown(&state));
        press(&mut state, KeyCode::Esc);
        ctrl(&mut state, 'l');
        ctrl(&mut state, 'l');
        assert!(shown(&state).starts_with("n next | p previous | + closer | esc back"), "{}", shown(&state));
        state.keys = Keymap::new([(Key::try_from("alt-k".to_owned()).unwrap(), Action::Back)], []);
        assert!(shown(&state).contains("alt-k back"));
    }

    #[test]
    fn a_click_on_a_hint_does_it() {
        let mut state = browser();
        click(&mut state, "mark");
        assert_eq!((state.marked.len(), state.results.selected), (1, 1));
        click(&mut state, "actions");
        assert!(matches!(state.overlay, Some(Overlay::Menu { .. })));
        click(&mut state, "close");
        assert_eq!(state.overlay, None);
        press(&mut state, KeyCode::F(8));
        let effects = click(&mut state, "yes");
        assert!(effects.iter().any(|effect| matches!(effect, Effect::Trash(_))), "{effects:?}");
    }

    #[test]
    fn hints_that_do_not_fit_are_left_out() {
        let state = browser();
        for width in 0..120 {
            let area = Rect::new(0, 29, width, 1);
            let placed = placed(&state, area);
            for (at, (place, _)) in placed.iter().enumerate() {
                assert_eq!(area.intersection(*place), *place, "{width}");
                assert!(placed[at + 1..].iter().all(|(other, _)| !place.intersects(*other)), "{width}");
            }
        }
    }
}
