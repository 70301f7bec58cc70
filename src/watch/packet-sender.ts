import type { MessagePort } from 'node:worker_threads'

import type { PacketWriter } from '../model/packet.ts'
import type { WatchMessage } from './contract.ts'

/** One that is being handled and one that is ready: neither thread waits for the other. */
const MOST_UNACKNOWLEDGED = 2

/** Sends what a writer holds, no faster than the main thread takes it. */
export class PacketSender {
  readonly #port: MessagePort
  readonly #writer: PacketWriter
  #unacknowledged = 0

  constructor(port: MessagePort, writer: PacketWriter) {
    this.#port = port
    this.#writer = writer
  }

  get maySend(): boolean {
    return this.#unacknowledged < MOST_UNACKNOWLEDGED
  }

  /** A packet was handled; its memory is used again. */
  acknowledged(bytes: Uint8Array<ArrayBuffer>): void {
    this.#unacknowledged -= 1
    this.#writer.recycle(bytes)
  }

  send(): void {
    const bytes = this.#writer.take()
    const message: WatchMessage = { type: 'packet', bytes }
    this.#unacknowledged += 1
    this.#port.postMessage(message, [bytes.buffer])
  }
}
