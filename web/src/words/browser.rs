//! What the browser refused or could not do.

use std::fmt::Display;

pub(crate) const NOT_LOADED: &str = "it could not be loaded";

pub(crate) fn built_without(part: impl Display) -> String {
    format!("this page was built without its part “{part}”")
}

pub(crate) const UNREADABLE: &str = "the file cannot be read";

pub(crate) fn too_large(bytes: impl Display, most: impl Display) -> String {
    format!("the file has {bytes} bytes; at most {most} are read")
}

pub(crate) const NO_PAGE: &str = "there is no page";
pub(crate) const NO_ELEMENT: &str = "the page takes no element";

pub(crate) const BROWSER_COULD_NOT_READ: &str = "the browser could not read it";

pub(crate) const NEEDS_SECURE_CONTEXT: &str =
    "WebGPU needs a secure context: open the page over https or from localhost";
pub(crate) const NO_WEBGPU: &str = "this browser offers no WebGPU (navigator.gpu is missing)";

pub(crate) const PARQUET_NOT_WRITTEN: &str = "Parquet could not be written";

pub(crate) const NO_REASON: &str = "the browser gives no reason";
pub(crate) const NO_ANSWER: &str = "the browser gave no answer";
pub(crate) const KEEPS_NOTHING: &str = "the browser keeps nothing for this page";
pub(crate) const OPENED_SOMETHING_ELSE: &str = "the browser opened something else";

pub(crate) const PROGRAM_NOT_LOADED: &str = "its program could not be loaded";
