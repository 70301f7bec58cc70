/** Bytes of output that are kept with a run: enough for the last screen of an error. */
const KEPT_BYTES = 4096

/** Keeps the last {@link KEPT_BYTES} of a run's output, whatever its length. */
export class Tail {
  #kept: Buffer = Buffer.alloc(0)
  #cut = false

  push(chunk: Buffer): void {
    const length = this.#kept.length + chunk.length
    if (length > KEPT_BYTES) this.#cut = true
    const recent = chunk.subarray(Math.max(0, chunk.length - KEPT_BYTES))
    const older = this.#kept.subarray(Math.max(0, this.#kept.length - (KEPT_BYTES - recent.length)))
    this.#kept = Buffer.concat([older, recent])
  }

  /** Returns what was kept, from the start of a line where there is one. */
  text(): string {
    const newline = this.#cut ? this.#kept.indexOf(0x0a) : -1
    const whole = newline === this.#kept.length - 1 ? this.#kept : this.#kept.subarray(newline + 1)
    return whole.toString('utf8')
  }
}
