//! What stands beside or around a picture: its original, the question before the trash, bars in narrow lists.

use super::*;
use crate::tui::app::keys_in_tests::{ctrl, press};
use crate::tui::app::preview::PreviewKey;
use crossterm::event::KeyCode;

/// Delivers a preview of one colour.
fn deliver(state: &mut State, key: PreviewKey, colour: [u8; 3]) {
    let protocol =
        GraphicsEncoder::text().encode(RgbImage::from_pixel(40, 30, Rgb(colour)), key.size).unwrap();
    let content = PreviewContent::Picture { drawn: Drawn(Arc::new(protocol)), width: 400, height: 300 };
    update(state, Event::Preview { key, content });
}

/// A browser with pictures like the first one found, both of which are drawn.
fn similar(width: u16, height: u16, arrangement: layout::Arrangement) -> State {
    let mut state = searched(width, height);
    state.arrangement = arrangement;
    ctrl(&mut state, 's');
    answer(&mut state, found()[2..].to_vec(), 12_345);
    for (key, colour) in
        [(state.preview.wanted.clone(), [10, 200, 10]), (state.original.wanted.clone(), [200, 10, 10])]
    {
        key.into_iter().for_each(|key| deliver(&mut state, key, colour));
    }
    state
}

/// The columns of the first row in which a colour is the ground or the ink of a block.
fn columns_of(terminal: &Terminal<TestBackend>, colour: Color) -> Option<(u16, u16)> {
    let buffer = terminal.backend().buffer();
    let has = |x: u16, y: u16| buffer[(x, y)].fg == colour || buffer[(x, y)].bg == colour;
    (0..buffer.area.height).find_map(|y| {
        let columns = || (0..buffer.area.width).filter(|x| has(*x, y));
        Some((columns().min()?, columns().max()?))
    })
}

#[test]
fn the_original_is_beside_the_full_picture_and_below_a_high_list() {
    use layout::Arrangement::{ListAndPicture, Picture};
    let (green, red) = (Color::Rgb(10, 200, 10), Color::Rgb(200, 10, 10));
    let full = render(&similar(100, 30, Picture));
    let (picture, original) = (columns_of(&full, green).unwrap(), columns_of(&full, red).unwrap());
    assert!(original.1 < 50 && picture.0 > 49, "{original:?} {picture:?}");
    assert!(picture.1.abs_diff(picture.0).abs_diff(original.1 - original.0) <= 1, "they are as large");
    insta::assert_snapshot!("original_full_100x30", full.backend());
    let list = render(&similar(120, 40, ListAndPicture));
    assert!(columns_of(&list, red).unwrap().1 < 48 && columns_of(&list, green).unwrap().0 > 48);
    insta::assert_snapshot!("original_list_120x40", list.backend());
    for (width, height) in [(50, 30), (80, 18)] {
        let narrow = render(&similar(width, height, ListAndPicture));
        assert_eq!(columns_of(&narrow, red), None, "{width} x {height}");
        assert!(narrow.backend().to_string().contains("esc"), "{width} x {height}");
    }
}

#[test]
fn the_original_goes_with_its_results() {
    let mut state = similar(100, 30, layout::Arrangement::Picture);
    assert_eq!(
        state.original.wanted.as_ref().map(|key| key.path.as_path()),
        Some(Path::new("/home/ada/photos/2019/summer/red circle on sand.jpg"))
    );
    // The next picture asks for itself alone.
    let effects = press(&mut state, KeyCode::Char('n'));
    let asked = effects.iter().find_map(|effect| match effect {
        crate::tui::app::effect::Effect::Preview { wanted, .. } => Some(wanted.len()),
        _ => None,
    });
    assert_eq!(asked, Some(1));
    press(&mut state, KeyCode::Esc);
    assert!(state.similar_to.is_empty() && state.original.wanted.is_none() && state.original.shown.is_none());
}

#[test]
fn the_question_before_the_trash_names_the_pictures() {
    let question = |count: usize, (width, height): (u16, u16)| {
        let mut state = searched_without_preview(width, height);
        let picture =
            |number: usize| (number as i64, PathBuf::from(format!("/home/ada/photos/IMG_{number:04}.jpg")));
        state.overlay = Some(Overlay::ConfirmTrash { pictures: (1..=count).map(picture).collect() });
        render(&state).backend().to_string()
    };
    let five = question(5, (80, 24));
    assert!(
        five.contains("move 5 pictures to the trash?")
            && five.contains("IMG_0005.jpg")
            && !five.contains("more"),
        "{five}"
    );
    let many = question(1234, (80, 24));
    assert!(
        many.contains("IMG_0004.jpg") && !many.contains("IMG_0005.jpg") && many.contains("and 1,230 more"),
        "{many}"
    );
    let low = question(9, (40, 10));
    assert!(low.contains("y yes") && low.contains("and 5 more"), "{low}");
}

#[test]
fn names_come_before_bars_in_narrow_lists() {
    let row = |width: u16, height: u16| {
        let screen = render(&searched_without_preview(width, height)).backend().to_string();
        screen.lines().find(|line| line.contains('▌')).unwrap().to_owned()
    };
    assert!(row(80, 24).contains("━━━━ red circle on sand"), "{}", row(80, 24));
    assert!(!row(50, 12).contains('━') && row(50, 12).contains("red circle on sand"), "{}", row(50, 12));
    assert!(!row(40, 10).contains('━') && row(40, 10).contains("red circ… on sand"), "{}", row(40, 10));
    assert!(row(50, 30).contains("0.31 ━━━━ red circle on sand"), "a list above the picture has the room");
}
