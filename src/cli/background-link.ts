import { ClsyncError } from '../errors.ts'
import { BACKGROUND_VARIABLE, type BackgroundMessage } from './background-messages.ts'
import { fatalWords } from './report.ts'
import type { StreamOutput } from './stream-output.ts'

/** The way from a daemon in the background to the process that waits for it. */
export interface BackgroundLink {
  /** Shows log lines to the user who waits. */
  readonly log: StreamOutput
  /** Nobody waits any more: the user gave up before the daemon was ready. */
  readonly abandoned: Promise<void>
  /** Tells that everything is watched, and lets go. */
  ready(): Promise<void>
  /** Tells why the daemon cannot start, and lets go. Returns false if nobody waits any more. */
  failed(error: unknown): Promise<boolean>
}

/** Returns the link if this process was started to be in the background. */
export function backgroundLink(): BackgroundLink | undefined {
  const isMeant = process.env[BACKGROUND_VARIABLE] !== undefined
  delete process.env[BACKGROUND_VARIABLE]
  if (!isMeant || !process.connected) return undefined
  let isWaitedFor = true
  const letGo = (): void => {
    isWaitedFor = false
    if (process.connected) process.disconnect()
  }
  return {
    log: { write: (line) => void send({ type: 'log', line }), close: async () => {} },
    abandoned: new Promise((resolve) => {
      process.once('disconnect', () => isWaitedFor && resolve())
    }),
    async ready() {
      await send({ type: 'ready' })
      letGo()
    },
    async failed(error) {
      if (!process.connected) return false
      const code = error instanceof ClsyncError ? error.code : 'failed'
      await send({ type: 'failed', code, ...fatalWords(error) })
      letGo()
      return true
    },
  }
}

/** Resolves when the message is on its way; a waiting process that has gone is no error. */
async function send(message: BackgroundMessage): Promise<void> {
  await new Promise<void>((resolve) => {
    if (process.connected) process.send?.(message, undefined, {}, () => resolve())
    else resolve()
  })
}
