// Loaded before wasm tests in Node (`node --import`): gives the process WebGPU through Dawn, where the optional package
// `webgpu` is installed in node/. Without it, or without a driver, `navigator.gpu` stays absent or has no adapter.

import { createRequire } from 'node:module';

const require = createRequire(new URL('../node/package.json', import.meta.url));

let dawn;
try {
  dawn = require('webgpu');
} catch (error) {
  console.warn(`no WebGPU in these tests: ${error.message.split('\n')[0]}`);
}
if (dawn) {
  Object.assign(globalThis, dawn.globals);
  // wgpu asks only whether one of these names exists.
  globalThis.WorkerGlobalScope ??= class WorkerGlobalScope {};
  // Kept by the global object: were it collected while a device lives, the process would abort.
  const gpu = dawn.create([]);
  globalThis.navigator ??= {};
  Object.defineProperty(globalThis.navigator, 'gpu', { value: gpu, configurable: true });
}
