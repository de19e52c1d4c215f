use std::fs::{File, OpenOptions};
use std::io::{self, Cursor, Write};
use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use image::metadata::Orientation;
use image::{ImageFormat, RgbImage};

use super::conversation::{Conversation, Failure};
use super::message::{FromWorker, Planned, send};
use super::plan::plan_in;
use super::pool::Pool;
use super::worker::Worker;
use crate::picture::error::PictureError;
use crate::picture::format::Format;
use crate::picture::limits::Limits;
use crate::picture::plan::{DecodePlan, Decoded, MinimumSize, minimum_as_stored};
use crate::picture::png;
use crate::picture::source::Source;

const LIMITS: Limits = Limits { max_pixels: 20_000_000, max_file_bytes: 100_000_000, max_memory: 200 << 20 };

/// The stand-in for a decoder. The first byte of a file says what it does: a small letter while it plans, a capital one
/// while it decodes; anything else is decoded by the `image` crate.
fn planner<'a>(
    source: Source<'a>,
    format: Format,
    limits: &Limits,
    minimum_size: MinimumSize<'_>,
) -> Result<DecodePlan<'a>, PictureError> {
    let first = source.bytes.first().copied().unwrap_or_default();
    if !first.is_ascii_alphabetic() {
        return png::plan(source.bytes, limits, minimum_size);
    }
    if first.is_ascii_lowercase() {
        misbehave(first)?;
    }
    // An orientation that swaps sides: the question is about the displayed size.
    let orientation = Orientation::Rotate90;
    let stored = (64, 32);
    let minimum = minimum_as_stored(stored, orientation, minimum_size);
    let work = move || {
        misbehave(first.to_ascii_lowercase())?;
        let pixel = image::Rgb([minimum.0 as u8, minimum.1 as u8, 7]);
        let damage = Some("half of it".to_owned());
        Ok(Decoded { pixels: RgbImage::from_pixel(64, 32, pixel), taken_at: Some(5), damage })
    };
    Ok(DecodePlan {
        format,
        stored,
        orientation,
        taken_at: Some(4),
        memory: 1000,
        factor: 1,
        work: Box::new(work),
    })
}

fn misbehave(how: u8) -> Result<(), PictureError> {
    match how {
        b'l' => loop {
            std::hint::black_box(());
        },
        b'a' => std::process::abort(),
        b'e' => std::process::exit(3),
        b'm' => {
            let mut all = Vec::new();
            loop {
                all.push(vec![1_u8; 1 << 20]);
            }
        }
        b's' => {
            deeper(0);
            Ok(())
        }
        b'p' => panic!("on purpose"),
        b't' => Err(PictureError::Truncated { format: Format::Heic, reason: "too short".into() }),
        b'f' => {
            io::stdout().write_all(&[b'y'; 100_000]).unwrap();
            answers().write_all(&[b'y'; 100_000]).unwrap();
            Ok(())
        }
        // It dies while it is idle.
        b'i' => {
            thread::spawn(|| {
                thread::sleep(Duration::from_millis(50));
                std::process::exit(0);
            });
            Ok(())
        }
        _ => Ok(()),
    }
}

#[expect(unconditional_recursion, reason = "the stack is to overflow")]
fn deeper(depth: u64) -> u64 {
    std::hint::black_box([depth; 1000])[7] + deeper(std::hint::black_box(depth + 1))
}

/// Where the stand-in writes its answers: the test harness has written to standard output before.
fn answers() -> File {
    OpenOptions::new().write(true).open("/dev/fd/3").unwrap()
}

/// Not a test but the program of the child processes below.
#[test]
#[ignore = "it is run by other tests"]
fn stand_in() {
    if std::env::var_os("PIXSEEK_TEST_STAND_IN").is_some() {
        std::panic::set_hook(Box::new(|_| {}));
        let (confine, busy) = (super::confine::confine, mpsc::channel().0);
        let worker = Worker { input: io::stdin(), output: answers(), planner, confine, busy };
        std::process::exit(i32::from(worker.run().is_err()));
    }
}

/// A pool of shells that run this.
fn pool_of(script: &str, capacity: usize, time_limit: Duration) -> Arc<Pool> {
    Pool::new(PathBuf::from("/bin/sh"), vec!["-c".into(), script.into()], capacity, time_limit)
}

fn pool(capacity: usize, seconds: f64) -> Arc<Pool> {
    let program = std::env::current_exe().unwrap();
    let (_, path) = module_path!().split_once("::").unwrap();
    let script = format!(
        "PIXSEEK_TEST_STAND_IN=1 exec '{}' --exact {path}::stand_in --ignored --nocapture 3>&1 >/dev/null",
        program.display(),
    );
    pool_of(&script, capacity, Duration::from_secs_f64(seconds))
}

fn decode(pool: &Arc<Pool>, bytes: &[u8]) -> Result<Decoded, PictureError> {
    let plan = plan_in(pool, bytes.into(), Format::Heic, &LIMITS, &|_, _| (30, 50))?;
    (plan.work)()
}

fn reason(pool: &Arc<Pool>, bytes: &[u8]) -> String {
    decode(pool, bytes).map(|_| ()).unwrap_err().to_string()
}

fn png(width: u32, height: u32) -> (RgbImage, Vec<u8>) {
    let pixels = RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, (x ^ y) as u8]));
    let mut bytes = Cursor::new(Vec::new());
    pixels.write_to(&mut bytes, ImageFormat::Png).unwrap();
    (pixels, bytes.into_inner())
}

#[test]
fn a_child_decodes_one_picture_after_another() {
    let pool = pool(2, 30.0);
    for (width, height) in [(40, 30), (1, 1), (40, 30)] {
        let (pixels, bytes) = png(width, height);
        let plan = plan_in(&pool, bytes.as_slice().into(), Format::Heic, &LIMITS, &|_, _| (1, 1)).unwrap();
        assert_eq!(
            (plan.stored, plan.factor, plan.orientation),
            ((width, height), 1, Orientation::NoTransforms)
        );
        assert!(plan.memory > (bytes.len() + pixels.len()) as u64);
        let decoded = (plan.work)().unwrap();
        assert_eq!((decoded.pixels, decoded.taken_at, decoded.damage), (pixels, None, None));
        assert_eq!(pool.idle(), 1);
    }
}

#[test]
fn the_child_learns_the_minimum_and_what_it_knows_comes_back() {
    let pool = pool(1, 30.0);
    let ask = |width, height| {
        assert_eq!((width, height), (32, 64), "as displayed");
        (30, 50)
    };
    let plan = plan_in(&pool, b"x".as_slice().into(), Format::Heic, &LIMITS, &ask).unwrap();
    assert_eq!((plan.taken_at, plan.orientation), (Some(4), Orientation::Rotate90));
    let decoded = (plan.work)().unwrap();
    assert_eq!(decoded.pixels.get_pixel(3, 3).0, [50, 30, 7], "along the sides as stored");
    assert_eq!((decoded.taken_at, decoded.damage.as_deref()), (Some(5), Some("half of it")));
}

#[test]
fn large_pictures_come_smaller_but_not_below_the_minimum() {
    let pool = pool(1, 30.0);
    let (pixels, bytes) = png(3001, 1000);
    let plan = |minimum: (u32, u32)| {
        plan_in(&pool, bytes.as_slice().into(), Format::Heic, &LIMITS, &move |_, _| minimum).unwrap()
    };
    let decoded = (plan((300, 100)).work)().unwrap();
    assert_eq!(decoded.pixels.dimensions(), (601, 200));
    assert_eq!(decoded.pixels, super::worker::reduced(pixels.clone(), 5));
    assert_eq!(plan((300, 100)).factor, 5);
    assert_eq!((plan((2000, 100)).work)().unwrap().pixels, pixels);
}

#[test]
fn plans_that_are_not_carried_out_are_forgotten() {
    let pool = pool(1, 30.0);
    let (pixels, bytes) = png(9, 9);
    for _ in 0..3 {
        drop(plan_in(&pool, bytes.as_slice().into(), Format::Heic, &LIMITS, &|w, h| (w, h)).unwrap());
        assert_eq!(pool.idle(), 1);
    }
    assert_eq!(decode(&pool, &bytes).unwrap().pixels, pixels);
}

#[test]
fn crashes_and_exhausted_memory_are_errors_in_plain_words() {
    let pool = pool(1, 30.0);
    let (pixels, good) = png(20, 20);
    for (how, expected) in [
        ("p", "damaged HEIC: its decoder crashed"),
        ("P", "damaged HEIC: its decoder crashed"),
        ("a", "damaged HEIC: its decoder crashed"),
        ("A", "damaged HEIC: its decoder crashed"),
        ("s", "damaged HEIC: its decoder crashed"),
        ("S", "damaged HEIC: its decoder crashed"),
        ("t", "truncated HEIC: too short"),
        ("T", "truncated HEIC: too short"),
        ("e", "HEIC that could not be decoded: the process for it ended with exit code 3"),
        ("F", "HEIC that could not be decoded: the process for it is wrong: it spoke no language of ours"),
    ] {
        assert_eq!(reason(&pool, how.as_bytes()), expected, "{how}");
        assert_eq!(decode(&pool, &good).unwrap().pixels, pixels, "after {how}");
    }
    if cfg!(target_os = "linux") {
        for how in ["m", "M"] {
            assert_eq!(reason(&pool, how.as_bytes()), "HEIC that takes too much memory to decode");
            assert_eq!(decode(&pool, &good).unwrap().pixels, pixels, "after {how}");
        }
    }
}

#[test]
fn a_loop_ends_at_the_time_limit() {
    let pool = pool(1, 1.0);
    for how in ["l", "L"] {
        let begun = Instant::now();
        assert_eq!(reason(&pool, how.as_bytes()), "HEIC that takes longer than 1 s to decode");
        assert!(begun.elapsed() < Duration::from_secs(15));
    }
    assert_eq!(decode(&pool, b"x").unwrap().pixels.dimensions(), (64, 32));
}

#[test]
fn an_idle_process_that_died_is_replaced() {
    let pool = pool(1, 30.0);
    assert!(decode(&pool, b"I").is_ok());
    assert_eq!(pool.idle(), 1);
    thread::sleep(Duration::from_millis(300));
    assert!(decode(&pool, b"x").is_ok());
}

#[test]
fn many_threads_share_few_processes() {
    let pool = pool(3, 60.0);
    let (pixels, good) = png(200, 100);
    thread::scope(|scope| {
        for thread in 0..8 {
            let (pool, pixels, good) = (&pool, &pixels, &good);
            scope.spawn(move || {
                for i in 0..6 {
                    if thread == i {
                        assert!(decode(pool, b"A").is_err());
                    }
                    assert_eq!(&decode(pool, good).unwrap().pixels, pixels);
                }
            });
        }
    });
    assert!((1..=3).contains(&pool.idle()));
}

/// Names of open files, and how many children of this process are zombies.
#[cfg(target_os = "linux")]
fn leftovers() -> (usize, usize) {
    let files = std::fs::read_dir("/proc/self/fd").unwrap().count();
    let parent = format!("PPid:\t{}\n", std::process::id());
    let is_zombie = |status: String| status.contains("State:\tZ") && status.contains(&parent);
    let statuses = std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| std::fs::read_to_string(entry.ok()?.path().join("status")).ok());
    (files, statuses.filter(|status| is_zombie(status.clone())).count())
}

#[cfg(target_os = "linux")]
#[test]
fn nothing_is_left_of_dead_processes() {
    let pool = pool_of("kill -SEGV $$", 1, Duration::from_secs(30));
    let before = leftovers();
    for _ in 0..40 {
        assert_eq!(reason(&pool, b"x"), "damaged HEIC: its decoder crashed");
    }
    let after = leftovers();
    // Other tests run beside this one.
    assert!(after.0 < before.0 + 40 && after.1 < before.1 + 10, "{before:?} {after:?}");
}

#[test]
fn programs_that_are_no_worker_are_found_out() {
    let large = vec![0; 1 << 20];
    for (script, expected) in [
        ("exit 0", "the process for it ended with exit code 0"),
        ("echo usage; cat >/dev/null; exit 2", "the process for it is wrong: it spoke no language of ours"),
        ("exec <&-; sleep 0.2; exit 9", "the process for it ended with exit code 9"),
    ] {
        for bytes in [b"x", large.as_slice()] {
            let reason = reason(&pool_of(script, 1, Duration::from_secs(30)), bytes);
            assert_eq!(reason, format!("HEIC that could not be decoded: {expected}"), "{script}");
        }
    }
    let flood = pool_of("while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done", 1, Duration::from_secs(30));
    assert!(reason(&flood, b"x").ends_with("the process for it is wrong: it spoke no language of ours"));
    let slow = pool_of("cat >/dev/null", 1, Duration::from_millis(200));
    assert_eq!(reason(&slow, b"x"), "HEIC that takes longer than 0 s to decode");
    let deaf = pool_of("exec sleep 60", 1, Duration::from_millis(200));
    assert_eq!(reason(&deaf, &large), "HEIC that takes longer than 0 s to decode");
    let killed = pool_of("kill -KILL $$", 1, Duration::from_secs(30));
    assert_eq!(reason(&killed, b"x"), "HEIC that takes too much memory to decode");
    let missing = Pool::new("/nowhere/pixseek".into(), Vec::new(), 1, Duration::from_secs(30));
    for _ in 0..3 {
        let reason = reason(&missing, b"x");
        assert!(reason.contains("can't be started") && reason.contains("No such file"), "{reason}");
    }
}

/// What the parent makes of these answers to a plan, and then to the order to decode 4 x 2 pixels.
fn parent_hears(answers: &[FromWorker], rest: &[u8]) -> Result<Decoded, Failure> {
    let mut input = Vec::new();
    answers.iter().for_each(|answer| send(&mut input, answer).unwrap());
    input.extend(rest);
    let mut conversation = Conversation { input: input.as_slice(), output: io::sink() };
    conversation.plan(b"x".as_slice().into(), Format::Svg, &LIMITS, &|w, h| (w, h))?;
    conversation.decode(1, (4, 2))
}

fn planned(change: impl FnOnce(&mut Planned)) -> FromWorker {
    let mut planned = Planned { stored: (4, 2), orientation: 1, taken_at: None, memory: 10, factor: 1 };
    change(&mut planned);
    FromWorker::Planned(planned)
}

#[test]
fn lies_of_a_child_are_refused_before_memory_is_allocated() {
    let decoded = |width, height| FromWorker::Decoded { width, height, taken_at: None, damage: None };
    let good = parent_hears(&[planned(|_| {}), decoded(4, 2)], &[9; 24]).unwrap();
    assert_eq!(good.pixels, RgbImage::from_pixel(4, 2, image::Rgb([9; 3])));
    let nonsense = [
        vec![planned(|p| p.stored = (u32::MAX, u32::MAX))],
        vec![planned(|p| p.stored = (0, 2))],
        vec![planned(|p| p.factor = 0)],
        vec![planned(|p| p.factor = 5)],
        vec![planned(|p| p.orientation = 9)],
        vec![planned(|_| {}), decoded(u32::MAX, u32::MAX)],
        vec![planned(|_| {}), decoded(2, 4)],
        vec![planned(|_| {}), planned(|_| {})],
        vec![decoded(4, 2)],
        (0..100).map(|_| FromWorker::Minimum { width: 4, height: 2 }).collect(),
    ];
    for answers in nonsense {
        let failure = parent_hears(&answers, &[9; 24]).unwrap_err();
        assert!(matches!(failure, Failure::Nonsense(_)), "{answers:?}: {failure:?}");
    }
    for (answers, rest) in
        [(vec![], 0), (vec![planned(|_| {})], 0), (vec![planned(|_| {}), decoded(4, 2)], 23)]
    {
        let failure = parent_hears(&answers, &[9; 24][..rest]).unwrap_err();
        assert!(matches!(failure, Failure::Gone), "{answers:?}: {failure:?}");
    }
    // A message of 4 GB.
    let mut conversation = Conversation { input: [0xff; 20].as_slice(), output: io::sink() };
    let failure = conversation.decode(1, (4, 2)).unwrap_err();
    assert!(matches!(failure, Failure::Nonsense(_)), "{failure:?}");
}

#[test]
fn a_child_does_not_believe_its_parent_either() {
    let run = |input: &[u8]| {
        let busy = mpsc::channel().0;
        Worker { input, output: io::sink(), planner, confine: |_| {}, busy }
            .run()
            .map_err(|error| error.kind())
    };
    assert_eq!(run(b""), Ok(()));
    assert_eq!(run(&[0xff; 8]), Err(io::ErrorKind::InvalidData));
    let mut input = Vec::new();
    let plan = super::message::ToWorker::Plan {
        format: Format::Heic,
        extension: None,
        limits: Limits { max_file_bytes: 10, ..LIMITS },
        length: 11,
    };
    send(&mut input, &plan).unwrap();
    assert_eq!(run(&input), Err(io::ErrorKind::InvalidData));
    let mut early = Vec::new();
    send(&mut early, &super::message::ToWorker::Forget).unwrap();
    assert_eq!(run(&early), Err(io::ErrorKind::InvalidData));
}
