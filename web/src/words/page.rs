//! Words around the panes: their names, the top bar, the edges between them.

use std::fmt::Display;

pub(crate) const LANE: &str = "Lane";
pub(crate) const RESULTS: &str = "Results";
pub(crate) const CALLS: &str = "Calls";
pub(crate) const PROGRAM: &str = "Program";
pub(crate) const PANES: &str = "Panes";

pub(crate) fn size_of(pane: impl Display) -> String {
    format!("Size of {pane}")
}

pub(crate) const LANEVM: &str = "lanevm";
pub(crate) const EXAMPLE: &str = "Example";
pub(crate) const AUTO: &str = "auto";
pub(crate) const BOTH: &str = "both";
pub(crate) const SOFTWARE: &str = " · software";
pub(crate) const FORK: &str = "Fork";
pub(crate) const AUTO_NOTE: &str = "The GPU; the CPU until it is ready, or where there is none";
pub(crate) const GPU_NOTE: &str = "The GPU, or an error";
pub(crate) const CPU_NOTE: &str = "The CPU";
pub(crate) const BOTH_NOTE: &str = "Both, one after the other, and their answers compared";
pub(crate) const ENGINE: &str = "Engine";
pub(crate) const STARTING_THE_ENGINES: &str = "starting the engines…";
pub(crate) const GPU: &str = "GPU";
pub(crate) const KERNELS_BEING_BUILT: &str = " · the GPU's kernels are being built…";
pub(crate) const CPU: &str = "CPU";
pub(crate) const NO_WEBGPU: &str = "No WebGPU: ";
pub(crate) const RUNS_ON_CPU: &str = ". Calls run on the CPU engine; every answer is the same, only slower.";
pub(crate) const LIGHT_OR_DARK: &str = "Light or dark";
pub(crate) const SWITCH_SCHEME: &str = "Switch between light and dark";

pub(crate) fn yours(title: impl Display) -> String {
    format!("{title}, yours")
}

pub(crate) fn show_or_hide(pane: &str, hidden: bool) -> String {
    if hidden { format!("Show {pane}") } else { format!("Hide {pane}") }
}

pub(crate) fn not_whole(why: impl Display) -> String {
    format!("A part of this page could not be loaded ({why}): reload it before you go on.")
}
