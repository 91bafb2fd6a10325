//! Building kernels of ways beside what the device is at, as far as the platform lets: a driver takes up to seconds for one, and
//! whoever waits for it does nothing else meanwhile. It knows no ways, only their text.
//!
//! In a browser `createComputePipelineAsync` compiles on a thread, and `createComputePipeline` holds up the process that draws
//! all pages; wgpu calls the latter alone. Natively a thread builds. Lavapipe compiles only for a first dispatch, and keeps on
//! disk what came of it: there the thread dispatches once, on a device of its own.

use std::{future::Future, pin::Pin};

use super::device::Gpu;

/// A pipeline that is being built, or why the device refuses it.
pub(crate) type Coming = Pin<Box<dyn Future<Output = Result<wgpu::ComputePipeline, String>>>>;

impl Gpu {
    /// Builds a way's kernel beside all else. Who gives it up before it is there waits for it natively, because a process must
    /// not end while a driver compiles.
    pub(crate) fn way_beside(&self, text: &str) -> Coming {
        #[cfg(target_arch = "wasm32")]
        return browser::way(self, text);
        #[cfg(not(target_arch = "wasm32"))]
        native::way(self, text)
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use std::{
        pin::Pin,
        task::{Context, Poll},
        thread::{self, JoinHandle},
    };

    use futures::FutureExt as _;
    use futures_channel::oneshot;

    use super::{Coming, Gpu};
    use crate::gpu::device::Maker;

    /// The thread that builds, and what it will say.
    struct Thread {
        answer: oneshot::Receiver<Result<wgpu::ComputePipeline, String>>,
        thread: Option<JoinHandle<()>>,
    }

    impl Future for Thread {
        type Output = Result<wgpu::ComputePipeline, String>;

        fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
            self.answer.poll_unpin(context).map(|said| said.unwrap_or_else(|_| Err("the builder ended".to_owned())))
        }
    }

    impl Drop for Thread {
        fn drop(&mut self) {
            if let Some(thread) = self.thread.take() {
                drop(thread.join());
            }
        }
    }

    pub(super) fn way(gpu: &Gpu, text: &str) -> Coming {
        let (sender, answer) = oneshot::channel();
        let (maker, kept, software) = (gpu.maker.clone(), text.to_owned(), gpu.info.software);
        let build = move || {
            let built = built(&maker, &kept);
            if software && built.is_ok() && maker.dispatch_apart(&kept).is_none() {
                tracing::debug!("no second device warms the driver's cache");
            }
            // Who asked may not wait any more.
            drop(sender.send(built));
        };
        match thread::Builder::new().name("lanevm-kernel".to_owned()).spawn(build) {
            Ok(thread) => Box::pin(Thread { answer, thread: Some(thread) }),
            Err(_) => Box::pin(std::future::ready(built(&gpu.maker, text))),
        }
    }

    /// Scopes of errors are each thread's own.
    fn built(maker: &Maker, text: &str) -> Result<wgpu::ComputePipeline, String> {
        let scope = maker.device.push_error_scope(wgpu::ErrorFilter::Validation);
        let pipeline = maker.way(text);
        match scope.pop().now_or_never() {
            Some(None) => Ok(pipeline),
            Some(Some(error)) => Err(error.to_string()),
            None => Err("the device does not say whether it takes the kernel".to_owned()),
        }
    }
}

#[cfg(target_arch = "wasm32")]
mod browser {
    use std::{cell::RefCell, rc::Rc};

    use js_sys::{Function, Object, Promise, Reflect};
    use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};
    use wasm_bindgen_futures::JsFuture;

    use super::{Coming, Gpu};

    const BLOCKING: &str = "createComputePipeline";

    pub(super) fn way(gpu: &Gpu, text: &str) -> Coming {
        let maker = gpu.maker.clone();
        let scope = maker.device.push_error_scope(wgpu::ErrorFilter::Validation);
        let module = maker.module("way", text);
        let refused = scope.pop();
        let asked = maker.device.as_webgpu().map(|device| {
            let device: JsValue = AsRef::<JsValue>::as_ref(device).clone();
            let build = || maker.pipeline(&module);
            begin(&device, build).map(|promise| (device, promise))
        });
        Box::pin(async move {
            if let Some(error) = refused.await {
                return Err(error.to_string());
            }
            let (device, promise) = match asked {
                Some(Ok(asked)) => asked,
                Some(Err(why)) => return Err(words(&why)),
                None => return Err("the device is not the browser's".to_owned()),
            };
            let built = JsFuture::from(promise).await.map_err(|why| words(&why))?;
            let (pipeline, _) = instead(&device, built, || maker.pipeline(&module)).map_err(|why| words(&why))?;
            Ok(pipeline)
        })
    }

    /// Has the browser begin what `build` asks of it.
    fn begin(device: &JsValue, build: impl FnOnce() -> wgpu::ComputePipeline) -> Result<Promise, JsValue> {
        // What stands for the pipeline here is dropped unused.
        let (_, descriptor) = instead(device, Object::new().into(), build)?;
        let begin: Function = Reflect::get(device, &"createComputePipelineAsync".into())?.dyn_into()?;
        begin.call1(device, &descriptor)?.dyn_into()
    }

    /// What `build` makes when the device answers it with `answer`, and what it asked the device for.
    fn instead<T>(device: &JsValue, answer: JsValue, build: impl FnOnce() -> T) -> Result<(T, JsValue), JsValue> {
        let asked = Rc::new(RefCell::new(JsValue::UNDEFINED));
        let hears = Rc::clone(&asked);
        let method = Closure::<dyn FnMut(JsValue) -> JsValue>::new(move |descriptor| {
            *hears.borrow_mut() = descriptor;
            answer.clone()
        });
        // The device's own property hides the method of its prototype, until it is gone again.
        Reflect::set(device, &BLOCKING.into(), method.as_ref())?;
        let built = build();
        let object: &Object = device.unchecked_ref();
        Reflect::delete_property(object, &BLOCKING.into())?;
        Ok((built, asked.take()))
    }

    fn words(why: &JsValue) -> String {
        let message = Reflect::get(why, &"message".into()).ok().and_then(|message| message.as_string());
        message.unwrap_or_else(|| format!("{why:?}"))
    }
}
