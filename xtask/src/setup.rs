//! What a command needs to be there, made once and timed. How each need is met is `tools` and `browser`.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::Result;

use crate::{
    browser,
    child::Surroundings,
    tools::{self, NPM_FOLDERS},
};

/// Something that must be there before a stage can run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Need {
    /// rustfmt and clippy.
    Components,
    /// The standard library for wasm.
    WasmTarget,
    /// wasm-bindgen, of Cargo.lock's version.
    WasmBindgen,
    /// Trunk.
    Trunk,
    /// npm packages of every folder that has some.
    Npm,
    /// Chromium and ChromeDriver.
    Chromium,
    /// Firefox ESR and WebKitGTK, where the system packs them. Tests skip the one that is not there.
    OtherBrowsers,
    /// A Vulkan driver for native programs.
    Vulkan,
}

impl Need {
    fn name(self) -> &'static str {
        match self {
            Self::Components => "rustfmt and clippy",
            Self::WasmTarget => "wasm target",
            Self::WasmBindgen => "wasm-bindgen",
            Self::Trunk => "trunk",
            Self::Npm => "npm packages",
            Self::Chromium => "Chromium and its driver",
            Self::OtherBrowsers => "Firefox and WebKitGTK",
            Self::Vulkan => "Vulkan driver",
        }
    }

    fn meet(self, around: &mut Surroundings) -> Result<()> {
        match self {
            Self::Components => tools::components(around),
            Self::WasmTarget => tools::wasm_target(around),
            Self::WasmBindgen => tools::wasm_bindgen(around),
            Self::Trunk => tools::trunk(around),
            Self::Npm => {
                NPM_FOLDERS.iter().try_for_each(|folder| tools::npm_packages(around, folder))?;
                around.path.insert(0, tools::wasm_opt_folder());
                Ok(())
            }
            Self::Chromium => {
                browser::chromium(around)?;
                browser::dawn(around);
                Ok(())
            }
            Self::OtherBrowsers => {
                browser::others(around);
                Ok(())
            }
            Self::Vulkan => browser::vulkan(around),
        }
    }
}

/// What has been set up so far.
#[derive(Default)]
pub(crate) struct Setup {
    /// What children get.
    pub(crate) around: Surroundings,
    met: BTreeMap<Need, Result<(), String>>,
    spent: Duration,
}

impl Setup {
    /// Meets the needs that have not been met yet.
    ///
    /// # Errors
    /// What could not be set up, each with its way out. A need that failed once fails again without being tried.
    pub(crate) fn meet(&mut self, needs: &[Need]) -> Result<()> {
        let start = Instant::now();
        let mut missing = Vec::new();
        for &need in needs {
            let around = &mut self.around;
            let met = self.met.entry(need).or_insert_with(|| need.meet(around).map_err(|error| format!("{error:#}")));
            if let Err(why) = met {
                missing.push(format!("{}: {why}", need.name()));
            }
        }
        self.spent += start.elapsed();
        anyhow::ensure!(missing.is_empty(), "not set up: {}", missing.join("\n"));
        Ok(())
    }

    /// Time spent on it.
    pub(crate) const fn spent(&self) -> Duration {
        self.spent
    }
}
