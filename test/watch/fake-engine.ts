import { Bell } from '../../dist/watch/bell.js'
import type { Engine, HintSink } from '../../dist/watch/contract.js'

/** An engine whose kernel is a list of things to tell at the next drain. */
export class FakeEngine implements Engine {
  readonly name = 'inotify'
  readonly sink: HintSink
  readonly queue: ((sink: HintSink) => void)[] = []
  readonly calls: string[] = []
  drains = 0
  failure: Error | undefined
  readonly #bell = new Bell()

  constructor(sink: HintSink) {
    this.sink = sink
  }

  /** The kernel hears something. */
  hear(tell: (sink: HintSink) => void): void {
    this.queue.push(tell)
    this.#bell.ring()
  }

  async start(): Promise<{ readonly directories: number }> {
    if (this.failure !== undefined) throw this.failure
    return { directories: 1 }
  }

  cover(directory: string): void {
    this.calls.push(`cover ${directory}`)
  }

  doubt(): void {
    this.calls.push('doubt')
  }

  rewatch(): void {
    this.calls.push('rewatch')
  }

  async wait(ms: number): Promise<void> {
    await this.#bell.wait(ms)
  }

  wake(): void {
    this.#bell.ring()
  }

  drain(): void {
    this.drains += 1
    for (const tell of this.queue.splice(0)) tell(this.sink)
  }

  flushed(): void {
    this.calls.push('flushed')
  }

  async close(): Promise<void> {
    this.calls.push('close')
  }
}
