import { display } from '../model/byte-path.ts'
import type { ReconcileReason } from '../model/glossary.ts'
import type { Loudness } from './log-record.ts'
import type { SayingsOf } from './saying-of.ts'
import { count, duration, pathFields } from './wording.ts'

type Names =
  | `reconcile:${'owed' | 'started' | 'progress' | 'finished'}`
  | `deletions:${'held' | 'released'}`
  | `root:${'held' | 'released'}`

/** What happens all the time, and what is worth a line even if nobody asked for more. */
const FREQUENCY: Readonly<Record<ReconcileReason, 'routine' | 'planned' | 'trouble'>> = {
  'first start': 'planned',
  start: 'planned',
  overflow: 'trouble',
  'watch lost': 'trouble',
  'directory new': 'routine',
  'directory moved': 'routine',
  'directory replaced': 'trouble',
  'too many hints': 'trouble',
  'rules changed': 'planned',
  'root is back': 'trouble',
  resumed: 'trouble',
  audit: 'planned',
  polled: 'routine',
}

/** What is said of comparing the tree with the catalogue, and of deletions and runs held back. */
export const RECONCILE_SAYINGS: SayingsOf<Names> = {
  'reconcile:owed': {
    loudness: 'normal',
    mostLines: 20,
    say: ({ path, reason }) => ({
      severity: FREQUENCY[reason] === 'trouble' ? 'warn' : 'info',
      message: `${display(path)} has to be compared with the catalogue: ${reason}`,
      fields: { ...pathFields(path), reason },
      loudness: loudnessOf(reason, 'verbose'),
    }),
  },
  'reconcile:started': {
    loudness: 'verbose',
    say: ({ path, reason }) => ({
      severity: 'info',
      message: `comparing ${display(path)} with the catalogue: ${reason}`,
      fields: { ...pathFields(path), reason },
      loudness: FREQUENCY[reason] === 'routine' ? 'debug' : 'verbose',
    }),
  },
  'reconcile:progress': {
    loudness: 'normal',
    isPaced: true,
    say: ({ path, ...progress }) => ({
      severity: 'info',
      message: `catching up: ${progressText({ path, ...progress })}`,
      fields: { ...pathFields(path), ...progress },
    }),
  },
  'reconcile:finished': {
    loudness: 'normal',
    say: ({ path, reason, directories, entries, differences, tookMs }) => ({
      severity: 'info',
      message:
        `compared ${display(path)} with the catalogue (${reason}): ` +
        `${count(differences, 'difference')} among ${count(entries, 'entry', 'entries')} ` +
        `in ${count(directories, 'directory', 'directories')}, ${duration(tookMs)}`,
      fields: { ...pathFields(path), reason, directories, entries, differences, tookMs },
      loudness: loudnessOf(reason, differences > 0 ? 'normal' : 'verbose'),
    }),
  },
  'deletions:held': {
    loudness: 'normal',
    say: (event) => ({
      severity: 'warn',
      message: `holding back ${count(event.count, 'deletion')} of ${count(event.of, 'entry', 'entries')}, more than ${event.limit}`,
      hint: 'if they are meant, start again with --maxdelete 100%; else they end when the files return',
      fields: { ...event },
    }),
  },
  'deletions:released': {
    loudness: 'normal',
    say: (event) => ({
      severity: 'info',
      message: `${count(event.count, 'deletion')} no longer held back`,
      fields: { ...event },
    }),
  },
  'root:held': {
    loudness: 'normal',
    say: ({ why, hint }) => ({
      severity: 'error',
      message: `holding all runs and deletions: ${why}`,
      hint,
      fields: { why },
    }),
  },
  'root:released': {
    loudness: 'normal',
    say: (event) => ({
      severity: 'info',
      message: `the watch directory is back after ${duration(event.heldMs)}`,
      fields: { ...event },
    }),
  },
}

/** Returns how far a crawl is, for people. */
export function progressText(progress: {
  readonly path: string
  readonly reason: ReconcileReason
  readonly directories: number
  readonly entries: number
  readonly entriesPerSecond: number
}): string {
  const { path, reason, directories, entries, entriesPerSecond } = progress
  return (
    `${reason}, ${count(directories, 'directory', 'directories')}, ` +
    `${count(entries, 'entry', 'entries')}, ${Math.round(entriesPerSecond)}/s, in ${display(path)}`
  )
}

/** Trouble is always told, routine to nobody but who debugs. */
function loudnessOf(reason: ReconcileReason, planned: Loudness): Loudness {
  switch (FREQUENCY[reason]) {
    case 'trouble':
      return 'normal'
    case 'planned':
      return planned
    case 'routine':
      return 'debug'
  }
}
