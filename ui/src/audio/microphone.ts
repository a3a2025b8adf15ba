// One or two inputs of this browser -> pieces of interleaved 16-bit sound and their levels.
import type { Layout } from '../api/views';
import workletUrl from './capture.worklet.ts?worker&url';

/** How the voices reach the microphones. */
export type Wiring = 'shared' | 'stereo' | 'pair';

export interface Setup {
  wiring: Wiring;
  layout: Layout;
  /** Device ids; empty for the browser's choice. For `pair` the rep's comes first. */
  devices: string[];
}

/** Why no sound can be had. */
export type Trouble = 'insecure' | 'refused' | 'missing' | 'busy' | 'one_channel' | 'failed';

export class MicrophoneError extends Error {
  constructor(readonly trouble: Trouble) {
    super(trouble);
  }
}

/** What the browser does to the sound although it was asked not to. */
export type Processing = 'echo' | 'noise' | 'gain';

export interface Piece {
  /** dB below full scale, one a channel. */
  levels: number[];
  pcm?: ArrayBuffer;
}

/** The ear takes at most this rate. */
const RATE_MAX_HZ = 48_000;

const PIECES_PER_S = 50;

export class Microphone {
  onpiece: (piece: Piece) => void = () => {};
  /** An input went away. */
  onended: () => void = () => {};

  private constructor(
    readonly setup: Setup,
    private readonly context: AudioContext,
    private readonly streams: MediaStream[],
    private readonly node: AudioWorkletNode,
    readonly channels: number,
  ) {
    node.port.onmessage = ({ data }: MessageEvent<Piece>) => this.onpiece(data);
    for (const track of this.tracks()) track.onended = () => this.onended();
  }

  static async open(setup: Setup): Promise<Microphone> {
    const streams = await openInputs(setup);
    try {
      return await Microphone.wire(setup, streams);
    } catch (error) {
      stop(streams);
      throw error instanceof MicrophoneError ? error : new MicrophoneError('failed');
    }
  }

  private static async wire(setup: Setup, streams: MediaStream[]): Promise<Microphone> {
    const channels = setup.wiring === 'shared' ? 1 : 2;
    if (setup.wiring === 'stereo' && settings(streams[0])?.channelCount === 1) {
      throw new MicrophoneError('one_channel');
    }
    const context = newContext();
    try {
      await context.audioWorklet.addModule(workletUrl);
      const node = new AudioWorkletNode(context, 'capture', {
        numberOfInputs: 1,
        numberOfOutputs: 0,
        channelCount: channels,
        channelCountMode: 'explicit',
        channelInterpretation: channels === 1 ? 'speakers' : 'discrete',
        processorOptions: { channels, frames: Math.round(context.sampleRate / PIECES_PER_S) },
      });
      connect(context, streams, node);
      // A page that nobody has touched yet may not start its clock; the next touch does it.
      void context.resume();
      return new Microphone(setup, context, streams, node, channels);
    } catch (error) {
      void context.close();
      throw error;
    }
  }

  get rate(): number {
    return this.context.sampleRate;
  }

  /** From now on pieces carry sound, not only levels. */
  sendSound(): void {
    this.node.port.postMessage('sound');
    this.wake();
  }

  /** The browser may have put the page to sleep. */
  wake(): void {
    if (this.context.state !== 'running' && this.context.state !== 'closed') void this.context.resume();
  }

  get asleep(): boolean {
    return this.context.state !== 'running';
  }

  set onsleep(changed: () => void) {
    this.context.onstatechange = changed;
  }

  names(): string[] {
    return this.tracks().map((track) => track.label);
  }

  /** What the browser really applied, whatever it was asked for. */
  processing(): Processing[] {
    const applied = this.tracks().map((track) => track.getSettings());
    const on = (name: 'echoCancellation' | 'noiseSuppression' | 'autoGainControl') =>
      applied.some((track) => Boolean(track[name]));
    const found: Processing[] = [];
    if (on('echoCancellation')) found.push('echo');
    if (on('noiseSuppression')) found.push('noise');
    if (on('autoGainControl')) found.push('gain');
    return found;
  }

  close(): void {
    this.onpiece = () => {};
    this.onended = () => {};
    this.context.onstatechange = null;
    stop(this.streams);
    if (this.context.state !== 'closed') void this.context.close();
  }

  private tracks(): MediaStreamTrack[] {
    return this.streams.flatMap((stream) => stream.getAudioTracks());
  }
}

/** The inputs of this browser; names are empty until the microphone was allowed once. */
export async function listInputs(): Promise<MediaDeviceInfo[]> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.filter(({ kind, deviceId }) => kind === 'audioinput' && deviceId !== 'communications');
}

async function openInputs(setup: Setup): Promise<MediaStream[]> {
  // Browsers hide the microphone from pages without https; only the machine itself is exempt.
  if (!isSecureContext || !navigator.mediaDevices) throw new MicrophoneError('insecure');
  const wanted = setup.wiring === 'pair' ? setup.devices.slice(0, 2) : [setup.devices[0] ?? ''];
  const streams: MediaStream[] = [];
  try {
    for (const device of wanted) streams.push(await openInput(device, setup.wiring === 'stereo' ? 2 : 1));
    return streams;
  } catch (error) {
    stop(streams);
    throw new MicrophoneError(troubleOf(error));
  }
}

function openInput(device: string, channels: number): Promise<MediaStream> {
  return navigator.mediaDevices.getUserMedia({
    audio: {
      ...(device === '' ? {} : { deviceId: { exact: device } }),
      channelCount: { ideal: channels },
      echoCancellation: false,
      noiseSuppression: false,
      autoGainControl: false,
    },
  });
}

export function troubleOf(error: unknown): Trouble {
  switch (error instanceof DOMException ? error.name : '') {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'refused';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'missing';
    case 'NotReadableError':
    case 'AbortError':
      return 'busy';
    default:
      return 'failed';
  }
}

function newContext(): AudioContext {
  const context = new AudioContext({ latencyHint: 'interactive' });
  if (context.sampleRate <= RATE_MAX_HZ) return context;
  void context.close();
  return new AudioContext({ latencyHint: 'interactive', sampleRate: RATE_MAX_HZ });
}

function connect(context: AudioContext, streams: MediaStream[], node: AudioWorkletNode): void {
  const sources = streams.map((stream) => context.createMediaStreamSource(stream));
  if (sources.length === 1) {
    sources[0]?.connect(node);
    return;
  }
  const merger = context.createChannelMerger(sources.length);
  sources.forEach((source, channel) => source.connect(merger, 0, channel));
  merger.connect(node);
}

const settings = (stream: MediaStream | undefined) => stream?.getAudioTracks()[0]?.getSettings();

function stop(streams: MediaStream[]): void {
  for (const stream of streams) for (const track of stream.getTracks()) track.stop();
}
