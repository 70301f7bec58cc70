import type { DaemonEvents } from '../events.ts'
import type { SayingsOf } from './saying-of.ts'
import { DAEMON_SAYINGS } from './sayings-daemon.ts'
import { RECONCILE_SAYINGS } from './sayings-reconcile.ts'
import { RUN_SAYINGS } from './sayings-run.ts'

/** Every event in words, but for the one that ends the daemon: `main.ts` says that. */
export const SAYINGS: SayingsOf<Exclude<keyof DaemonEvents, 'daemon:failed'>> = {
  ...DAEMON_SAYINGS,
  ...RECONCILE_SAYINGS,
  ...RUN_SAYINGS,
}
