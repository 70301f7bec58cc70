import { constants } from 'node:os'

import type { DaemonLike } from './daemon-like.ts'

/** What signals need to know. */
export interface SignalTargets {
  readonly daemon: DaemonLike
  /** Resolves when it is ready. */
  readonly ready: Promise<void>
  /** Ends the process at once. */
  readonly exit: (code: number) => void
}

/**
 * SIGTERM and SIGINT stop the daemon, a second one ends the process at once. SIGHUP reads the rules
 * again. SIGUSR1 starts an audit; without this handler Node would open its inspector. Both wait until
 * the daemon is ready.
 *
 * @returns what takes the handlers away again
 */
export function obeySignals({ daemon, ready, exit }: SignalTargets): () => void {
  let isStopping = false
  const stop = (signal: NodeJS.Signals): void => {
    if (isStopping) return exit(128 + constants.signals[signal])
    isStopping = true
    void daemon.stop().catch(ignoreSinceItEnds)
  }
  const handlers = {
    SIGTERM: stop,
    SIGINT: stop,
    SIGHUP: () => {
      void ready.then(() => daemon.reloadRules()).catch(ignoreSinceItEnds)
    },
    SIGUSR1: () => {
      void ready.then(() => daemon.audit()).catch(ignoreSinceItEnds)
    },
  }
  const entries = Object.entries(handlers)
  for (const [signal, handler] of entries) process.on(signal, handler)
  return () => {
    for (const [signal, handler] of entries) process.off(signal, handler)
  }
}

/** A daemon that cannot start or stop says so by `start` and `ended`. */
function ignoreSinceItEnds(): void {}
