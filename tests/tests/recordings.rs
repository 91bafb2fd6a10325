//! Recordings of random societies: at random steps stack, memory, slots, return data and logs are what the machine holds
//! there in a straight run, and frames lie within one another as calls do.
#![cfg(not(target_arch = "wasm32"))]

use lanevm_core::{
    Batch, Control, Status,
    cpu::{RecordLimits, Recording, Walk, glimpses, record},
};
use lanevm_tests::parity::societies;

/// Lanes that are recorded.
const LANES: usize = 400;

/// Steps of each that are looked at.
const LOOKS: u64 = 24;

fn holds(batch: &Batch, recording: &Recording, lane: usize) {
    let stride = (recording.len() as u64 / LOOKS).max(1);
    // Another phase in each lane, and always the last step.
    let mut at: Vec<u64> = (lane as u64 % stride..recording.len() as u64).step_by(stride as usize).collect();
    at.extend((recording.len() as u64).checked_sub(1).filter(|last| at.last() != Some(last)));
    for glimpse in glimpses(batch, 0, &at).unwrap() {
        let step = glimpse.step as usize;
        let state = recording.state(step).unwrap();
        assert_eq!(state.frame.address, Some(glimpse.address), "lane {lane}, step {step}");
        assert_eq!(state.stack, glimpse.stack, "lane {lane}, step {step}");
        assert_eq!(state.memory, glimpse.memory, "lane {lane}, step {step}");
        assert_eq!(*state.return_data, *glimpse.return_data, "lane {lane}, step {step}");
        assert_eq!(recording.logs(step).count(), glimpse.logs, "lane {lane}, step {step}");
        for slot in recording.slots(step) {
            let held = if slot.transient { &glimpse.transient } else { &glimpse.storage };
            let held = held.get(&slot.slot).copied().unwrap_or_default();
            assert_eq!(held, slot.value, "lane {lane}, step {step}, slot {:#x}", slot.slot);
        }
    }
}

/// Frames lie within one another, and a walk over and out comes to the end of the first.
fn nests(recording: &Recording, lane: usize) {
    let frames: Vec<_> = recording.frames().collect();
    for frame in &frames {
        let Some(parent) = frame.parent.map(|parent| frames[parent as usize]) else { continue };
        assert!(parent.first < frame.first && frame.end <= parent.end, "lane {lane}");
        assert_eq!(frame.depth, parent.depth + 1, "lane {lane}");
        let made_by = recording.step(frame.made_by.unwrap() as usize).unwrap();
        assert_eq!(made_by.depth, parent.depth, "lane {lane}");
        // Only a lane that was stopped from outside has frames that have not ended.
        let stopped = matches!(recording.outcome().unwrap().status, Some(Status::MissingState | Status::StepLimit));
        assert!(frame.ended.is_some() || stopped && frame.end == recording.len() as u32, "lane {lane}");
    }
    let deepest = (0..recording.len()).max_by_key(|step| recording.step(*step).unwrap().depth);
    let Some(mut at) = deepest else { return };
    let mut depth = recording.step(at).unwrap().depth;
    while let Some(next) = recording.walk(at, Walk::Over) {
        assert!(next > at, "lane {lane}");
        let now = recording.step(next).unwrap().depth;
        assert!(now <= depth, "lane {lane}: over never goes into a frame");
        (at, depth) = (next, now);
    }
}

#[test]
fn random_lanes_hold_what_the_machine_holds() {
    let batch = societies::batch(7, LANES);
    let (mut steps, mut frames, mut failed) = (0, 0, 0);
    for lane in 0..LANES {
        let batch = batch.subset(&[lane]);
        let recording =
            pollster::block_on(record(&batch, 0, RecordLimits::default(), &mut Control::default())).unwrap();
        assert_eq!(recording.cut(), None, "lane {lane}");
        assert_eq!(recording.len() as u64, recording.outcome().unwrap().steps, "lane {lane}");
        holds(&batch, &recording, lane);
        nests(&recording, lane);
        steps += recording.len();
        frames += recording.frame_count();
        failed += (0..recording.len()).filter(|step| recording.step(*step).unwrap().failed).count();
    }
    println!("{LANES} lanes, {steps} steps, {frames} frames, {failed} halts");
    assert!(frames > 2 * LANES && failed > LANES / 4, "{frames} frames, {failed} halts");
}
