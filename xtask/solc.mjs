// Compiles one Solidity source: standard JSON input on stdin, the compiler's output and version as JSON on stdout.
import { readFileSync } from 'node:fs';
import solc from 'solc';

const output = solc.compile(readFileSync(0, 'utf8'));
process.stdout.write(JSON.stringify({ version: solc.version(), output: JSON.parse(output) }));
