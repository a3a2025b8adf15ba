// Runs on the audio thread: blocks of 128 frames in, pieces of 20 ms out. Until told "sound", only levels leave it.

interface Options {
  channels: number;
  frames: number;
}

declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: unknown): void;

class Capture extends AudioWorkletProcessor {
  private readonly channels: number;
  private readonly frames: number;
  private pcm: Int16Array<ArrayBuffer>;
  private filled = 0;
  private sound = false;

  constructor({ processorOptions }: { processorOptions: Options }) {
    super();
    this.channels = processorOptions.channels;
    this.frames = processorOptions.frames;
    this.pcm = new Int16Array(this.channels * this.frames);
    this.port.onmessage = ({ data }) => {
      this.sound = data === 'sound';
    };
  }

  process([input]: Float32Array[][]): boolean {
    const length = input?.[0]?.length ?? 0;
    for (let frame = 0; frame < length; frame++) {
      for (let channel = 0; channel < this.channels; channel++) {
        const sample = Math.round((input?.[channel]?.[frame] ?? 0) * 32768);
        this.pcm[this.filled * this.channels + channel] = Math.max(-32768, Math.min(32767, sample));
      }
      this.filled += 1;
      if (this.filled === this.frames) this.tell();
    }
    return true;
  }

  private tell(): void {
    const levels = Array.from({ length: this.channels }, (_, channel) => this.level(channel));
    if (this.sound) {
      const { buffer } = this.pcm;
      this.port.postMessage({ levels, pcm: buffer }, [buffer]);
      this.pcm = new Int16Array(this.channels * this.frames);
    } else {
      this.port.postMessage({ levels });
    }
    this.filled = 0;
  }

  /** The mean level of a channel over the piece, dB below full scale. */
  private level(channel: number): number {
    let sum = 0;
    for (let at = channel; at < this.pcm.length; at += this.channels) sum += ((this.pcm[at] ?? 0) / 32768) ** 2;
    return 10 * Math.log10(sum / this.frames + 1e-10);
  }
}

registerProcessor('capture', Capture);
