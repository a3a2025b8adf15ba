// The keys under which something is asked once: a request that got no answer keeps its key, so that the appliance
// does it once however often it is sent.

export class Keys {
  private readonly open = new Map<string, string>();

  constructor(private readonly make: () => string = uuid) {}

  /** The key of this request: that of the same one before, while nobody knows whether it arrived. */
  of(request: string): string {
    const key = this.open.get(request) ?? this.make();
    this.open.set(request, key);
    return key;
  }

  /** It was answered: the same request again is a new one. */
  answered(request: string): void {
    this.open.delete(request);
  }
}

/** A random UUID (version 4). `crypto.randomUUID` is not there on plain http. */
export function uuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
