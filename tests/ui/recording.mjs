// A recording for the fake microphone: quiet first, while a reader consents, then the demo conversation, then quiet.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { binary, ROOT } from './appliance.mjs';

export const WAV_HEADER = 44;

/** Writes the recording into a new folder. `speech_s` of the demo are kept. */
export function record({ lead_s = 6, speech_s = 30, tail_s = 2 } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'undertone-recording-'));
  const demo = join(folder, 'demo.wav');
  makeDemo(demo);
  const { rate, channels, sound } = read(demo);
  const bytes = (seconds) => Math.round(seconds * rate) * channels * 2;
  const quiet = (seconds) => Buffer.alloc(bytes(seconds));
  const file = join(folder, 'conversation.wav');
  writeFileSync(file, wav(rate, channels, Buffer.concat([quiet(lead_s), sound.subarray(0, bytes(speech_s)), quiet(tail_s)])));
  return { file, folder, seconds: lead_s + speech_s + tail_s };
}

/** What the command line makes of the same file. */
export function analyze(file, layout) {
  const { stdout, status, stderr } = spawnSync(binary(), ['analyze', '--json', '--layout', layout, file], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

function makeDemo(out) {
  const built = ['release', 'debug'].map((profile) => join(ROOT, 'target', profile, 'examples/demo-recording'));
  const program = built.find((path) => existsSync(path));
  const [command, flags] = program ? [program, []] : ['cargo', ['run', '--quiet', '--locked', '--example', 'demo-recording', '--']];
  const { status, stderr } = spawnSync(command, [...flags, out], { cwd: ROOT, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

function read(file) {
  const content = readFileSync(file);
  const [channels, rate, bits] = [content.readUInt16LE(22), content.readUInt32LE(24), content.readUInt16LE(34)];
  if (content.toString('latin1', 36, 40) !== 'data' || bits !== 16) throw new Error('the demo is not a plain 16-bit WAV');
  return { rate, channels, sound: content.subarray(WAV_HEADER) };
}

function wav(rate, channels, sound) {
  const header = Buffer.alloc(WAV_HEADER);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(WAV_HEADER - 8 + sound.length, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * channels * 2, 28);
  header.writeUInt16LE(channels * 2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(sound.length, 40);
  return Buffer.concat([header, sound]);
}
