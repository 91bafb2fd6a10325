//! Writing Parquet, which a chunk does. What the columns are and say is the caller's.

use js_sys::{Array, BigUint64Array, Object, Reflect, Uint8Array, Uint32Array};
use wasm_bindgen::{JsCast as _, JsValue, closure::Closure, prelude::wasm_bindgen};

use crate::words::browser as words;

use super::chunk;

#[wasm_bindgen]
extern "C" {
    /// The chunk.
    type Module;

    /// A file.
    type File;

    #[wasm_bindgen(method, catch)]
    fn open(this: &Module, columns: &Array, part: &js_sys::Function) -> Result<File, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn group(this: &File, columns: &Array) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    fn finish(this: &File) -> Result<(), JsValue>;
}

/// A column's values of a row group.
#[derive(Clone, Copy, Debug)]
pub enum Cells<'a> {
    /// Unsigned integers of 64 bits.
    Counts(&'a [u64]),
    /// Bits, a byte each.
    Bits(&'a [u8]),
    /// UTF-8, and where each text ends.
    Texts(&'a [u8], &'a [u32]),
}

impl Cells<'_> {
    /// What the chunk calls such a column.
    const fn word(self) -> &'static str {
        match self {
            Self::Counts(_) => "count",
            Self::Bits(_) => "bool",
            Self::Texts(..) => "text",
        }
    }
}

/// A Parquet file that is being written.
pub struct ParquetFile {
    file: File,
    _part: Closure<dyn FnMut(Uint8Array)>,
}

impl std::fmt::Debug for ParquetFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ParquetFile").finish_non_exhaustive()
    }
}

fn words(error: &JsValue) -> String {
    error.dyn_ref::<js_sys::Error>().map_or_else(|| words::PARQUET_NOT_WRITTEN.into(), |error| error.message().into())
}

impl ParquetFile {
    /// A file with these columns, by their names and kinds of cells. `part` gets what is written, piece by piece. `address` is the
    /// chunk's.
    ///
    /// # Errors
    /// The chunk cannot be loaded.
    pub async fn open<'a>(
        address: &str,
        columns: impl Iterator<Item = (&'a str, Cells<'a>)>,
        mut part: impl FnMut(Vec<u8>) + 'static,
    ) -> Result<Self, String> {
        let columns: Vec<(String, &'static str)> =
            columns.map(|(name, cells)| (name.to_owned(), cells.word())).collect();
        let module: Module = chunk::module(address).await?.unchecked_into();
        let part = Closure::<dyn FnMut(Uint8Array)>::new(move |bytes: Uint8Array| part(bytes.to_vec()));
        let columns: Array =
            columns.iter().map(|(name, word)| Array::of2(&name.into(), &JsValue::from(*word))).collect();
        let file = module.open(&columns, part.as_ref().unchecked_ref()).map_err(|error| words(&error))?;
        Ok(Self { file, _part: part })
    }

    /// Writes a row group: for each column, in order, a byte a row that says whether there is a value, and the values.
    ///
    /// # Errors
    /// What the chunk says.
    pub fn group<'a>(&self, columns: impl Iterator<Item = (&'a [u8], Cells<'a>)>) -> Result<(), String> {
        let list = Array::new();
        for (present, cells) in columns {
            let column = Object::new();
            let set = |key: &str, value: &JsValue| {
                // A plain object takes any property.
                drop(Reflect::set(&column, &key.into(), value));
            };
            set("type", &cells.word().into());
            set("present", &Uint8Array::from(present));
            match cells {
                Cells::Counts(counts) => set("cells", &BigUint64Array::from(counts)),
                Cells::Bits(bits) => set("cells", &Uint8Array::from(bits)),
                Cells::Texts(bytes, ends) => {
                    set("cells", &Uint8Array::from(bytes));
                    set("ends", &Uint32Array::from(ends));
                }
            }
            list.push(&column);
        }
        self.file.group(&list).map_err(|error| words(&error))
    }

    /// Writes what stands at a file's end.
    ///
    /// # Errors
    /// What the chunk says.
    pub fn finish(&self) -> Result<(), String> {
        self.file.finish().map_err(|error| words(&error))
    }
}
