/** A place in memory, as C functions want it. Keep the {@link NativeMemory} it is in alive. */
export type Address = number

/** Memory that the kernel may read and write: it stays where it is while this object lives. */
export interface NativeMemory {
  readonly address: Address
  readonly bytes: Buffer
  readonly view: DataView
}

/**
 * Allocates zeroed memory.
 *
 * It has to be an ArrayBuffer of its own: small typed arrays live in V8's heap, whose garbage
 * collector moves them, and pooled ones share theirs.
 */
export function allocate(size: number, addressOf: (bytes: Buffer) => bigint): NativeMemory {
  const memory = new ArrayBuffer(size)
  const bytes = Buffer.from(memory)
  return { address: Number(addressOf(bytes)), bytes, view: new DataView(memory) }
}

/** Byte order of C structures here. */
export const LITTLE_ENDIAN: boolean = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1
