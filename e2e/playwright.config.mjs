// Two browsers of one program: Chromium with WebGPU on its software adapter, and without WebGPU.
import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';

const port = Number(process.env.LANEVM_E2E_PORT ?? 4173);
const executablePath =
  process.env.LANEVM_CHROMIUM ??
  ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path));
const quiet = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];
const browser = (...args) => ({ launchOptions: { executablePath, args: [...quiet, ...args] } });

export default defineConfig({
  testDir: 'tests',
  outputDir: 'test-results',
  // One software GPU is under all of them.
  workers: 1,
  timeout: 240_000,
  expect: { timeout: 60_000 },
  reporter: 'list',
  use: { baseURL: `http://127.0.0.1:${port}/`, trace: 'retain-on-failure', viewport: { width: 1440, height: 900 } },
  webServer: { command: 'node serve.mjs', url: `http://127.0.0.1:${port}/`, reuseExistingServer: false },
  projects: [
    {
      name: 'webgpu',
      testIgnore: /without-webgpu|other-browsers/,
      use: browser('--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'),
    },
    { name: 'others', testMatch: /other-browsers/ },
    { name: 'no-webgpu', testMatch: /without-webgpu/, use: browser('--disable-features=WebGPU') },
  ],
});
