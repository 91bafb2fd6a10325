//! Documents in the fragment of a link: packed, or in the short form that [`super::short`] reads. It opens no link.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use miniz_oxide::{
    deflate::compress_to_vec,
    inflate::{TINFLStatus, decompress_to_vec_with_limit},
};

use super::{Document, DocumentError, MAX_BYTES, short};

/// Bytes of a fragment past which a file is the better way: longer links are cut by what carries them.
pub const MAX_LINK: usize = 32 << 10;

/// How hard the packer tries, of 10.
const LEVEL: u8 = 9;

const PACKED: &str = "a document packed by lanevm: base64url of deflated JSON";

impl Document {
    /// The document for the fragment of a link, without `#`: base64url, without padding, of the deflated JSON (RFC 1951, RFC
    /// 4648). Where it is longer than [`MAX_LINK`], offer a file instead.
    pub fn to_link_fragment(&self) -> String {
        URL_SAFE_NO_PAD.encode(compress_to_vec(self.to_json().as_bytes(), LEVEL))
    }

    /// Reads the fragment of a link, with or without its `#`: a packed document, or the short form (`code=0x…&fork=…`),
    /// which is what has a `=`.
    ///
    /// # Errors
    /// It is neither, it inflates to more than [`MAX_BYTES`], or the document is not as it should be.
    pub fn from_fragment(fragment: &str) -> Result<Self, DocumentError> {
        let fragment = fragment.strip_prefix('#').unwrap_or(fragment);
        if fragment.len() > MAX_BYTES {
            let found = format!("a fragment of {} bytes", fragment.len());
            return Err(DocumentError::at("the link", found, format!("at most {MAX_BYTES}")));
        }
        if fragment.contains('=') {
            return short::read(fragment);
        }
        let refuse = |found: String| DocumentError::at("the link", found, PACKED);
        if fragment.is_empty() {
            return Err(refuse("nothing".into()));
        }
        let packed = URL_SAFE_NO_PAD
            .decode(fragment)
            .map_err(|why| refuse(format!("a text that is not base64url without padding ({why})")))?;
        let json = decompress_to_vec_with_limit(&packed, MAX_BYTES).map_err(|error| match error.status {
            TINFLStatus::HasMoreOutput => {
                DocumentError::at("the link", "data that inflates to more", format!("at most {MAX_BYTES} bytes"))
            }
            TINFLStatus::FailedCannotMakeProgress => {
                refuse("deflated data that ends too soon: part of the link is missing".into())
            }
            _ => refuse("data that does not inflate".into()),
        })?;
        let json = String::from_utf8(json).map_err(|_| refuse("data that inflates to no text".into()))?;
        Self::from_json(&json)
    }
}
