// Runs the browser tests: two files at a time, the microphone alone (it needs the sound server for itself). A file that
// failed is run once more by itself and, if it then passes, named as flaky: a machine that stalled for a second does not
// hide what else was found, and a fault that stands fails twice.
import { readdirSync } from 'node:fs';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

const ALONE = 'microphone.test.mjs';
const named = process.argv.slice(2);
const files = (named.length > 0 ? named : readdirSync(import.meta.dirname).filter((file) => file.endsWith('.test.mjs'))).map(
  (file) => (file.includes('/') ? file : `${import.meta.dirname}/${file}`),
);

/** Runs `files`, `concurrency` at a time, and tells those in which a test failed. */
async function failing(files, concurrency) {
  if (files.length === 0) return [];
  const failed = new Set();
  const tests = run({ files, concurrency });
  tests.on('test:fail', ({ file }) => failed.add(file));
  for await (const part of tests.compose(spec)) process.stdout.write(part);
  return files.filter((file) => failed.has(file));
}

const alone = (file) => file.endsWith(`/${ALONE}`);
const once = [
  ...(await failing(files.filter((file) => !alone(file)), 2)),
  ...(await failing(files.filter(alone), 1)),
];
const twice = await failing(once, 1);
for (const file of once.filter((file) => !twice.includes(file))) console.error(`flaky: ${file} failed, and passed when run again`);
if (twice.length > 0) {
  console.error(`failed twice: ${twice.join(', ')}`);
  process.exitCode = 1;
}
