//! Files of the user's: saving bytes as one, and reading one that was chosen or dropped. What they say is the caller's.

use wasm_bindgen::JsCast;
use web_sys::{Blob, BlobPropertyBag, DragEvent, File, HtmlAnchorElement, HtmlInputElement, Url};

use crate::words::browser as words;

/// A file that comes in parts. The browser holds them, not this program.
#[derive(Debug, Default)]
pub struct Parts(js_sys::Array);

impl Parts {
    /// Adds a part.
    pub fn push(&self, bytes: &[u8]) {
        if let Ok(blob) = Blob::new_with_u8_array_sequence(&js_sys::Array::of1(&js_sys::Uint8Array::from(bytes))) {
            self.0.push(&blob);
        }
    }

    /// Offers all of them for saving under a name.
    pub fn save(&self, name: &str, kind: &str) {
        let options = BlobPropertyBag::new();
        options.set_type(kind);
        if let Ok(blob) = Blob::new_with_blob_sequence_and_options(&self.0, &options) {
            offer(name, &blob);
        }
    }
}

/// A file that was chosen or dropped.
#[derive(Clone, Debug)]
pub struct Chosen(File);

impl Chosen {
    /// The file chosen in an input, which forgets it: the same file can be chosen again.
    pub fn of_input(input: &HtmlInputElement) -> Option<Self> {
        let file = input.files()?.get(0);
        input.set_value("");
        file.map(Self)
    }

    /// The file dropped, where one was.
    pub fn of_drop(event: &DragEvent) -> Option<Self> {
        event.data_transfer()?.files()?.get(0).map(Self)
    }

    /// Its name.
    pub fn name(&self) -> String {
        self.0.name()
    }

    /// Bytes.
    pub fn size(&self) -> f64 {
        self.0.size()
    }

    /// Its text; bytes that are no UTF-8 become replacement characters.
    ///
    /// # Errors
    /// Where it cannot be read any more.
    pub async fn text(&self) -> Result<String, String> {
        let text = wasm_bindgen_futures::JsFuture::from(self.0.text()).await;
        text.ok().and_then(|text| text.as_string()).ok_or_else(|| words::BROWSER_COULD_NOT_READ.into())
    }
}

/// Whether something dragged is a file.
pub fn is_dragged(event: &DragEvent) -> bool {
    event.data_transfer().is_some_and(|data| data.types().includes(&"Files".into(), 0))
}

/// Offers bytes for saving under a name.
pub fn save(name: &str, kind: &str, bytes: &[u8]) {
    let parts = js_sys::Array::of1(&js_sys::Uint8Array::from(bytes));
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    if let Ok(blob) = Blob::new_with_u8_array_sequence_and_options(&parts, &options) {
        offer(name, &blob);
    }
}

fn offer(name: &str, blob: &Blob) {
    let Ok(url) = Url::create_object_url_with_blob(blob) else { return };
    let anchor = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.create_element("a").ok())
        .and_then(|element| element.dyn_into::<HtmlAnchorElement>().ok());
    if let Some(anchor) = anchor {
        anchor.set_href(&url);
        anchor.set_download(name);
        anchor.click();
    }
    // The click has taken what it needs of the URL.
    drop(Url::revoke_object_url(&url));
}
