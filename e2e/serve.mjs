// Serves the built page for the tests, with its headers: files of one folder, nothing else. The page stands at the root and
// under /some/path/ too, since it may be put anywhere.
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = process.env.LANEVM_DIST ?? fileURLToPath(new URL('../dist', import.meta.url));
const port = Number(process.env.LANEVM_E2E_PORT ?? 4173);
const elsewhere = '/some/path';
const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
};

/** The headers that the build says every file has. */
async function headers() {
  const lines = (await readFile(join(root, '_headers'), 'utf8')).split('\n').filter((line) => line.startsWith(' '));
  return Object.fromEntries(lines.map((line) => line.trim().split(/: (.*)/s).slice(0, 2)));
}

createServer(async (request, response) => {
  let path = normalize(decodeURIComponent(new URL(request.url, 'http://localhost').pathname));
  if (path.startsWith(`${elsewhere}/`)) path = path.slice(elsewhere.length);
  const file = join(root, path.endsWith('/') ? 'index.html' : path);
  try {
    if (!file.startsWith(root) || !(await stat(file)).isFile()) throw new Error('no such file');
    response.writeHead(200, {
      ...(await headers()),
      'content-type': types[extname(file)] ?? 'application/octet-stream',
      'cache-control': 'no-store',
    });
    createReadStream(file).pipe(response);
  } catch {
    response.writeHead(404).end();
  }
}).listen(port, '127.0.0.1', () => console.log(`serving ${root} at http://127.0.0.1:${port}/`));
