//! Building kernels of ways beside what the device is at, as far as the platform lets: a driver takes up to seconds for one, and
//! whoever waits for it does nothing else meanwhile. It knows no ways, only their text.
//!
//! In a browser `createComputePipelineAsync` compiles on a thread, and `createComputePipeline` holds up the process that draws
//! all pages; wgpu calls the latter alone. Natively a thread builds. Lavapipe compiles only for a first dispatch, and keeps on
//! disk what came of it: there the thread dispatches once, on a device of its own.

use std::{future::Future, pin::Pin};

use super::device::{Gpu, constants, module_of, pipeline_in};

/// A pipeline that is being built, or why the device refuses it.
pub(crate) type Coming = Pin<Box<dyn Future<Output = Result<wgpu::ComputePipeline, String>>>>;

/// What makes kernels of ways, wherever it is done.
#[derive(Clone, Debug)]
pub(crate) struct Maker {
    pub(crate) device: wgpu::Device,
    pub(crate) layout: wgpu::PipelineLayout,
    pub(crate) workgroup: u32,
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) adapter: wgpu::Adapter,
}

impl Maker {
    fn module(&self, text: &str) -> wgpu::ShaderModule {
        module_of(&self.device, "way", text)
    }

    fn pipeline(&self, module: &wgpu::ShaderModule) -> wgpu::ComputePipeline {
        pipeline_in(&self.device, module, "evm.way", &self.layout, "main", &constants(self.workgroup))
    }
}

/// Does nothing for so many milliseconds.
pub(crate) async fn rest(milliseconds: u32) {
    #[cfg(target_arch = "wasm32")]
    gloo_timers::future::TimeoutFuture::new(milliseconds).await;
    // Whoever waits for a run has a thread for it.
    #[cfg(not(target_arch = "wasm32"))]
    std::thread::sleep(std::time::Duration::from_millis(milliseconds.into()));
}

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

    use super::{
        super::device::{Bindings, UNIFORM, WAY_GROUPS, bind_group, group, layout},
        Coming, Gpu, Maker,
    };

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
            if software && built.is_ok() && dispatch_apart(&maker, &kept).is_none() {
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
        let pipeline = maker.pipeline(&maker.module(text));
        match scope.pop().now_or_never() {
            Some(None) => Ok(pipeline),
            Some(Some(error)) => Err(error.to_string()),
            None => Err("the device does not say whether it takes the kernel".to_owned()),
        }
    }

    /// Dispatches a way's kernel for no lane on a device made for that, for drivers that compile only then and keep what came
    /// of it. Nothing where no such device is to be had.
    fn dispatch_apart(maker: &Maker, text: &str) -> Option<()> {
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("lanevm apart"),
            required_limits: maker.device.limits(),
            ..wgpu::DeviceDescriptor::default()
        };
        let (device, queue) = maker.adapter.request_device(&descriptor).now_or_never()?.ok()?;
        let layouts = WAY_GROUPS.map(|types| group(&device, "evm.way", types));
        let layout = layout(&device, "evm.way", &layouts.each_ref());
        let apart = Maker { layout, device, ..maker.clone() };
        let pipeline = apart.pipeline(&apart.module(text));
        // Zeros: no lane is this dispatch's.
        let buffer = |kind| {
            let usage = if kind == UNIFORM { wgpu::BufferUsages::UNIFORM } else { wgpu::BufferUsages::STORAGE };
            let (label, size) = (Some("evm.apart"), 1 << 12);
            apart.device.create_buffer(&wgpu::BufferDescriptor { label, size, usage, mapped_at_creation: false })
        };
        let bound = |(types, layout): (Bindings, &wgpu::BindGroupLayout)| {
            let buffers: Vec<_> = types.iter().map(|(binding, kind)| (*binding, buffer(*kind))).collect();
            let buffers: Vec<_> = buffers.iter().map(|(binding, buffer)| (*binding, buffer)).collect();
            bind_group(&apart.device, "evm.apart", layout, &buffers)
        };
        let mut encoder = apart.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            pass.set_pipeline(&pipeline);
            for (at, group) in WAY_GROUPS.into_iter().zip(&layouts).map(bound).enumerate() {
                pass.set_bind_group(at as u32, &group, &[]);
            }
            pass.dispatch_workgroups(1, 1, 1);
        }
        queue.submit([encoder.finish()]);
        apart.device.poll(wgpu::PollType::wait_indefinitely()).ok().map(|_| ())
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
        let module = maker.module(text);
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
