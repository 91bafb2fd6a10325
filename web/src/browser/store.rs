//! Texts kept by the browser under names, each with a short line for lists (IndexedDB). What they say is the caller's.

use std::rc::Rc;

use futures_channel::oneshot;
use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{IdbDatabase, IdbObjectStore, IdbOpenDbRequest, IdbRequest, IdbTransaction, IdbTransactionMode};

use crate::words::browser as words;

const DATABASE: &str = "lanevm";

/// Lines by name, and texts by name.
const LINES: &str = "lines";
const TEXTS: &str = "texts";

/// The store, open. Clones are the same.
#[derive(Clone, Debug)]
pub struct Store(Rc<IdbDatabase>);

/// Why the browser refused, in its words.
fn why(error: &JsValue) -> String {
    let message = error.dyn_ref::<web_sys::DomException>().map(web_sys::DomException::message);
    let name = error.dyn_ref::<web_sys::DomException>().map(web_sys::DomException::name);
    match (message, name) {
        (Some(message), _) if !message.is_empty() => message,
        (_, Some(name)) => name,
        _ => words::NO_REASON.into(),
    }
}

fn fault(request: &IdbRequest) -> String {
    request.error().ok().flatten().map_or_else(|| words::NO_REASON.into(), |error| why(&error))
}

/// A handler that sends on the first event of several.
type Told = Rc<std::cell::RefCell<Option<oneshot::Sender<Result<(), String>>>>>;

fn teller(told: &Told, what: impl Fn() -> Result<(), String> + 'static) -> Closure<dyn FnMut()> {
    let told = Rc::clone(told);
    Closure::new(move || {
        if let Some(tell) = told.borrow_mut().take() {
            // Who waited may be gone.
            tell.send(what()).ok();
        }
    })
}

async fn settled(request: &IdbRequest) -> Result<JsValue, String> {
    let (tell, hear) = oneshot::channel();
    let told: Told = Rc::new(Some(tell).into());
    let failed = request.clone();
    let success = teller(&told, || Ok(()));
    let error = teller(&told, move || Err(fault(&failed)));
    request.set_onsuccess(Some(success.as_ref().unchecked_ref()));
    request.set_onerror(Some(error.as_ref().unchecked_ref()));
    let answer = hear.await.unwrap_or_else(|_| Err(words::NO_ANSWER.into()));
    request.set_onsuccess(None);
    request.set_onerror(None);
    answer.and_then(|()| request.result().map_err(|error| why(&error)))
}

async fn completed(transaction: &IdbTransaction) -> Result<(), String> {
    let (tell, hear) = oneshot::channel();
    let told: Told = Rc::new(Some(tell).into());
    let failed = transaction.clone();
    let complete = teller(&told, || Ok(()));
    let abort = teller(&told, move || Err(failed.error().map_or_else(|| words::NO_REASON.into(), |error| why(&error))));
    transaction.set_oncomplete(Some(complete.as_ref().unchecked_ref()));
    // What fails is aborted.
    transaction.set_onabort(Some(abort.as_ref().unchecked_ref()));
    let answer = hear.await.unwrap_or_else(|_| Err(words::NO_ANSWER.into()));
    transaction.set_oncomplete(None);
    transaction.set_onabort(None);
    answer
}

impl Store {
    /// Opens it.
    ///
    /// # Errors
    /// Where the browser keeps nothing for this page.
    pub async fn open() -> Result<Self, String> {
        let factory = web_sys::window().and_then(|window| window.indexed_db().ok().flatten());
        let factory = factory.ok_or(words::KEEPS_NOTHING)?;
        let request: IdbOpenDbRequest = factory.open_with_u32(DATABASE, 1).map_err(|error| why(&error))?;
        let opening = request.clone();
        let upgrade = Closure::<dyn FnMut()>::new(move || {
            if let Ok(database) = opening.result().and_then(JsCast::dyn_into::<IdbDatabase>) {
                for store in [LINES, TEXTS] {
                    // It fails only where the store is there.
                    database.create_object_store(store).ok();
                }
            }
        });
        request.set_onupgradeneeded(Some(upgrade.as_ref().unchecked_ref()));
        let database: IdbDatabase = settled(&request).await?.dyn_into().map_err(|_| words::OPENED_SOMETHING_ELSE)?;
        request.set_onupgradeneeded(None);
        Ok(Self(Rc::new(database)))
    }

    fn begin(&self, mode: IdbTransactionMode) -> Result<(IdbTransaction, [IdbObjectStore; 2]), String> {
        let names = Array::of2(&LINES.into(), &TEXTS.into());
        let begun = self.0.transaction_with_str_sequence_and_mode(&names, mode).map_err(|error| why(&error))?;
        let store = |name| begun.object_store(name).map_err(|error| why(&error));
        let stores = [store(LINES)?, store(TEXTS)?];
        Ok((begun, stores))
    }

    /// Keeps a text and its line under a name, over what was there.
    ///
    /// # Errors
    /// Where the browser does not, for want of room, say; then what was there stays.
    pub async fn put(&self, name: &str, line: &str, text: &str) -> Result<(), String> {
        let (transaction, [lines, texts]) = self.begin(IdbTransactionMode::Readwrite)?;
        let name = JsValue::from(name);
        lines.put_with_key(&line.into(), &name).map_err(|error| why(&error))?;
        texts.put_with_key(&text.into(), &name).map_err(|error| why(&error))?;
        completed(&transaction).await
    }

    /// The text under a name.
    ///
    /// # Errors
    /// Where the browser does not read it.
    pub async fn text(&self, name: &str) -> Result<Option<String>, String> {
        let (_, [_, texts]) = self.begin(IdbTransactionMode::Readonly)?;
        let request = texts.get(&name.into()).map_err(|error| why(&error))?;
        Ok(settled(&request).await?.as_string())
    }

    /// Every name with its line.
    ///
    /// # Errors
    /// Where the browser does not read them.
    pub async fn lines(&self) -> Result<Vec<(String, String)>, String> {
        let (_, [lines, _]) = self.begin(IdbTransactionMode::Readonly)?;
        // Both are asked in one transaction, so both answer for the same names in the same order.
        let names = lines.get_all_keys().map_err(|error| why(&error))?;
        let values = lines.get_all().map_err(|error| why(&error))?;
        // Requests of a transaction are answered in their order: when the second is, the first has been.
        let values = Array::from(&settled(&values).await?);
        let names = Array::from(&names.result().map_err(|error| why(&error))?);
        let pairs = names.iter().zip(values.iter());
        Ok(pairs.filter_map(|(name, value)| Some((name.as_string()?, value.as_string()?))).collect())
    }

    /// Forgets names.
    ///
    /// # Errors
    /// Where the browser does not.
    pub async fn remove(&self, names: &[String]) -> Result<(), String> {
        let (transaction, stores) = self.begin(IdbTransactionMode::Readwrite)?;
        for name in names {
            for store in &stores {
                store.delete(&name.into()).map_err(|error| why(&error))?;
            }
        }
        completed(&transaction).await
    }
}
