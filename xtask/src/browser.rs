//! Chromium, its driver, and software Vulkan: found where they are installed, installed with apt where that may be done
//! without asking, and otherwise named with the command that installs them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};

use crate::child::{self, Surroundings};

/// Looks for Chromium and ChromeDriver, installs them where it may, and tells children where they are.
pub(crate) fn chromium(around: &mut Surroundings) -> Result<()> {
    if browser().is_none() || driver().is_none() {
        apt(around, &["chromium", "chromium-driver"], "Chromium (or Chrome) and ChromeDriver")?;
    }
    let browser = browser().context("Chromium was installed, but is not on PATH")?;
    let driver = driver().context("ChromeDriver was installed, but is not on PATH")?;
    around.set("LANEVM_CHROMIUM", &browser);
    around.set("CHROMEDRIVER", driver);
    Ok(())
}

/// The browser: what `LANEVM_CHROMIUM` or `CHROME` names, or one of the usual names and places.
fn browser() -> Option<PathBuf> {
    let named = ["LANEVM_CHROMIUM", "CHROME"].iter().find_map(std::env::var_os).map(PathBuf::from);
    let on_path = || {
        ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"]
            .iter()
            .find_map(|n| child::find(n))
    };
    let usual = || {
        let places = [
            "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
            "/Applications/Chromium.app/Contents/MacOS/Chromium",
            r"C:\Program Files\Google\Chrome\Application\chrome.exe",
            r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
        ];
        places.iter().map(PathBuf::from).find(|path| path.is_file())
    };
    named.filter(|path| path.is_file()).or_else(on_path).or_else(usual)
}

fn driver() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMEDRIVER").map(PathBuf::from);
    named.filter(|path| path.is_file()).or_else(|| child::find("chromedriver"))
}

/// Installs Firefox ESR and WebKitGTK where that may be done. A machine without them is no error: their smoke test is skipped
/// there, and says what is missing.
pub(crate) fn others(around: &Surroundings) {
    if !cfg!(target_os = "linux") {
        return;
    }
    let there = |name: &str| child::find(name).is_some();
    let install = |packages: &[&str], what: &str| {
        if let Err(error) = apt(around, packages, what) {
            println!("{error:#}");
        }
    };
    if !there("firefox-esr") && std::env::var_os("LANEVM_FIREFOX").is_none() {
        install(&["firefox-esr"], "Firefox ESR");
    }
    if !there("WebKitWebDriver") || !there("Xvfb") {
        install(&["webkit2gtk-driver", "xvfb"], "WebKitGTK and its driver");
    }
}

/// Makes sure that native tests find a Vulkan driver, if only lavapipe.
pub(crate) fn vulkan(around: &Surroundings) -> Result<()> {
    if !cfg!(target_os = "linux") || (has_vulkan_driver() && has_vulkan_loader()) {
        return Ok(());
    }
    apt(around, &["mesa-vulkan-drivers", "libvulkan1"], "a Vulkan driver (Mesa's lavapipe serves)")
}

fn has_vulkan_driver() -> bool {
    let named = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"].iter().any(|name| std::env::var_os(name).is_some());
    let folders = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d", "/usr/local/share/vulkan/icd.d"];
    named || folders.iter().any(|folder| fs::read_dir(folder).is_ok_and(|mut files| files.next().is_some()))
}

fn has_vulkan_loader() -> bool {
    let folders = ["/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib"];
    let inner = fs::read_dir("/usr/lib").into_iter().flatten().flatten().map(|entry| entry.path());
    folders.iter().map(PathBuf::from).chain(inner).any(|folder| folder.join("libvulkan.so.1").exists())
}

/// Points Dawn in Node at SwiftShader, which Chromium brings along: Dawn refuses older versions of lavapipe. A machine
/// with a GPU of its own, and one whose user named a driver, keep theirs.
pub(crate) fn dawn(around: &mut Surroundings) {
    let has_gpu = Path::new("/dev/nvidia0").exists() || Path::new("/dev/dri/renderD128").exists();
    if !cfg!(target_os = "linux") || has_gpu || std::env::var_os("VK_DRIVER_FILES").is_some() {
        return;
    }
    let beside = browser().and_then(|path| path.canonicalize().ok()).and_then(|path| Some(path.parent()?.to_owned()));
    let usual = ["/usr/lib/chromium", "/usr/lib/chromium-browser", "/opt/google/chrome"].map(PathBuf::from);
    let driver = beside.into_iter().chain(usual).map(|folder| folder.join("vk_swiftshader_icd.json"));
    if let Some(driver) = driver.into_iter().find(|file| file.is_file()) {
        around.set("VK_DRIVER_FILES", driver);
    }
}

/// Installs Debian packages, where that can be done without asking for a password.
fn apt(around: &Surroundings, packages: &[&str], what: &str) -> Result<()> {
    let typed = format!("sudo apt-get update && sudo apt-get install --yes {}", packages.join(" "));
    if child::find("apt-get").is_none() {
        let how = match std::env::consts::OS {
            "macos" => "brew install --cask google-chrome chromedriver",
            "windows" => "winget install Google.Chrome, and put ChromeDriver of the same version on PATH",
            _ => "the packages of your distribution",
        };
        bail!("{what} missing; install it: {how}");
    }
    let root = child::output(around.command("id").arg("-u")).is_ok_and(|id| id == "0");
    let sudo = !root && child::output(around.command("sudo").args(["-n", "true"])).is_ok();
    if !root && !sudo {
        bail!("{what} missing; install it: {typed}");
    }
    let apt = |arguments: &[&str]| {
        let mut command = around.command(if sudo { "sudo" } else { "apt-get" });
        if sudo {
            command.args(["-n", "apt-get"]);
        }
        child::run(command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))
    };
    // A stale mirror is no reason to stop: what counts is whether the install succeeds.
    if let Err(error) = apt(&["update"]) {
        println!("{error}");
    }
    let mut install = vec!["install", "--yes", "--no-install-recommends"];
    install.extend(packages);
    apt(&install).with_context(|| format!("{what} could not be installed; try: {typed}"))
}
