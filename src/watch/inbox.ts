import type { MessagePort } from 'node:worker_threads'

import type { WatchCommand } from './contract.ts'

/** What the main thread asks for, from the beginning on. */
export class Inbox {
  readonly #commands: WatchCommand[] = []
  /** Called when there is something new. */
  onCommand: () => void = () => undefined

  constructor(port: MessagePort) {
    port.on('message', (command: WatchCommand) => {
      this.#commands.push(command)
      this.onCommand()
    })
  }

  takeAll(): readonly WatchCommand[] {
    return this.#commands.splice(0)
  }
}
