import type { TestContext } from 'node:test'
import { MessageChannel } from 'node:worker_threads'

import type { WatchCommand, WatchMessage, WatchSettings } from '../../dist/watch/contract.js'
import { portableReader } from '../../dist/watch/portable-reader.js'
import { runWatchThread } from '../../dist/watch/thread.js'
import { eventually } from '../support/eventually.js'
import { FakeEngine } from './fake-engine.js'
import { recordsOf, sightingLines } from './packet-log.js'
import type { PacketRecord } from './packet-log.js'

/** The watch thread's loop over a fake engine, in this very thread. */
export class ThreadUnderTest {
  readonly messages: WatchMessage[] = []
  readonly packets: (readonly PacketRecord[])[] = []
  readonly ended: Promise<void>
  #engine: FakeEngine | undefined
  readonly #port
  readonly #unacknowledged: Uint8Array<ArrayBuffer>[] = []

  constructor(
    t: TestContext,
    settings: Partial<WatchSettings> & Pick<WatchSettings, 'root'>,
    prepare: (engine: FakeEngine) => void = () => undefined,
  ) {
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    port1.on('message', (message: WatchMessage) => this.#take(message))
    const defaults = {
      engine: 'inotify',
      pollMs: undefined,
      rules: undefined,
      ownPaths: [],
    } as const
    this.ended = runWatchThread(port2, { ...defaults, ...settings }, async () => ({
      compileRules: (text) => (path) => !path.endsWith(text),
      createEngine: (_settings, _filter, sink) => {
        this.#engine = new FakeEngine(sink)
        prepare(this.#engine)
        return this.#engine
      },
      openReader: portableReader,
    }))
    t.after(async () => {
      this.ask({ type: 'stop' })
      await this.ended
    })
  }

  get engine(): FakeEngine {
    if (this.#engine === undefined) throw new Error('no engine was made')
    return this.#engine
  }

  /** Everything that was sighted, in order. */
  get sightings(): string[] {
    return sightingLines(this.packets.flat())
  }

  ask(command: WatchCommand): void {
    this.#port.postMessage(command)
  }

  crawl(path: string, crawl = 1): void {
    this.ask({ type: 'crawl', crawl, path, gently: false })
  }

  ack(): void {
    const bytes = this.#unacknowledged.shift()
    if (bytes === undefined) throw new Error('nothing to acknowledge')
    this.#port.postMessage({ type: 'ack', bytes }, [bytes.buffer])
  }

  async hears(type: WatchMessage['type']): Promise<void> {
    await this.until(() => this.messages.some((message) => message.type === type))
  }

  /** As {@link until}, taking all packets that come. */
  async untilTaking(condition: () => boolean): Promise<void> {
    await this.until(() => {
      while (this.#unacknowledged.length > 0) this.ack()
      return condition()
    })
  }

  async until(condition: () => boolean): Promise<void> {
    await eventually(condition, () => JSON.stringify([this.messages, this.sightings.slice(-20)]))
  }

  #take(message: WatchMessage): void {
    if (message.type !== 'packet') return void this.messages.push(message)
    this.packets.push(recordsOf(message.bytes))
    this.#unacknowledged.push(message.bytes)
  }
}
