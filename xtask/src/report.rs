//! `test`: which stages run, how long each took, and what came of them. What a stage does is `stage`.

use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};

use crate::{
    setup::Setup,
    stage::{Ran, STAGES, Stage},
};

/// Prints the stages.
pub(crate) fn list() {
    for stage in STAGES {
        println!("{:<14} {}", stage.name, stage.about);
    }
}

/// Runs the chosen stages, all of them even where one fails, and prints what came of each.
///
/// # Errors
/// If a stage failed, or a name is no stage's.
pub(crate) fn test(only: &[String], skip: &[String]) -> Result<()> {
    for name in only.iter().chain(skip) {
        ensure!(
            STAGES.iter().any(|stage| stage.name == name),
            "`{name}` is no stage; `cargo xtask test --list` has them"
        );
    }
    let chosen = |stage: &&Stage| {
        let named = |names: &[String]| names.iter().any(|name| name == stage.name);
        (only.is_empty() || named(only)) && !named(skip)
    };
    let start = Instant::now();
    let mut setup = Setup::default();
    let mut rows = Vec::new();
    for stage in STAGES.iter().filter(chosen) {
        println!("\n== {}: {}", stage.name, stage.about);
        let ready = setup.meet(stage.needs);
        let start = Instant::now();
        let came = ready.and_then(|()| (stage.run)(&setup.around));
        if let Err(error) = &came {
            println!("{error:#}");
        }
        let took = start.elapsed();
        println!("== {} took {}", stage.name, seconds(took));
        rows.push((stage.name, took, came));
    }

    println!("\n{:<14} {:>9}", "set-up", seconds(setup.spent()));
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for (name, took, came) in rows {
        let word = match came {
            Ok(Ran::Passed) => {
                passed += 1;
                "passed".to_owned()
            }
            Ok(Ran::Skipped(why)) => {
                skipped += 1;
                format!("skipped: {why}")
            }
            Err(_) => {
                failed += 1;
                "FAILED".to_owned()
            }
        };
        println!("{name:<14} {:>9}  {word}", seconds(took));
    }
    println!("{:<14} {:>9}\n", "all", seconds(start.elapsed()));
    let skipped = if skipped == 0 { String::new() } else { format!(", {skipped} skipped") };
    println!("{passed} passed, {failed} failed{skipped}");
    if failed > 0 {
        bail!("stages failed");
    }
    Ok(())
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
