//! Several processes on one collection: no errors, no lost pictures, and all see what one of them adds.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::common::Sandbox;

/// All pictures that a search finds.
fn found(sandbox: &Sandbox) -> BTreeSet<String> {
    let ran = sandbox.run(["search", "pics", "a picture", "-n", "1000", "--json"]).expect(0);
    ran.names().into_iter().collect()
}

#[test]
fn runs_and_searches_at_once_lose_nothing() {
    let sandbox = Sandbox::new();
    let mut expected = BTreeSet::new();
    for seed in 0..20 {
        sandbox.picture(format!("first-{seed}.png"), seed);
        expected.insert(format!("first-{seed}.png"));
    }
    sandbox.index();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        // What was there at the start is found by every search meanwhile.
        let searching = scope.spawn(|| {
            let mut searches = 0;
            while !done.load(Ordering::Relaxed) || searches == 0 {
                assert!(found(&sandbox).is_superset(&expected));
                searches += 1;
            }
        });
        let adding: Vec<_> = (0..3_u8)
            .map(|writer| {
                let sandbox = &sandbox;
                scope.spawn(move || {
                    for round in 0..3 {
                        let seed = 100 + 10 * writer + round;
                        sandbox.picture(format!("{writer}/{round}.png"), seed);
                        let summary = sandbox.index();
                        // Its own is in, whoever put it there.
                        assert!(found(sandbox).contains(&format!("{round}.png")), "{summary}");
                    }
                })
            })
            .collect();
        adding.into_iter().for_each(|thread| thread.join().unwrap());
        done.store(true, Ordering::Relaxed);
        searching.join().unwrap();
    });
    let summary = sandbox.index();
    assert_eq!(crate::common::counts(&summary), [0, 29, 0, 0, 29]);
}
