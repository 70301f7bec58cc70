import type { AfterFailure } from '../events.ts'
import { display } from '../model/byte-path.ts'
import type { BytePath } from '../model/glossary.ts'
import type { SayingsOf } from './saying-of.ts'
import { count, cut, duration, pathFields } from './wording.ts'

type Names =
  | 'batch:claimed'
  | `run:${'started' | 'output' | 'succeeded' | 'failed' | 'partly-failed' | 'strange-path' | 'outlived' | 'outlived-timed-out' | 'outlived-ended'}`
  | `outage:${'began' | 'ended'}`
  | `runs:${'paused' | 'resumed'}`
  | 'path:isolated'

/** What is said of batches and of the runs of the action script. */
export const RUN_SAYINGS: SayingsOf<Names> = {
  'batch:claimed': {
    loudness: 'verbose',
    say: (event) => ({
      severity: 'info',
      message: `run ${event.run} takes ${count(event.paths, `${event.sizeClass} path`)}`,
      fields: { ...event },
    }),
  },
  'run:started': {
    loudness: 'verbose',
    say: (event) => ({
      severity: 'info',
      message: `run ${event.run} started: ${event.kind}, ${count(event.paths, 'path')}, attempt ${event.attempt}`,
      fields: { ...event },
    }),
  },
  'run:output': {
    loudness: 'normal',
    mostLines: 1_000,
    say: ({ run, line }) => ({
      severity: 'info',
      message: `run ${run}: ${cut(line)}`,
      fields: { run, line: cut(line) },
    }),
  },
  'run:succeeded': {
    loudness: 'normal',
    say: (event) => ({
      severity: 'info',
      // Who was told of failures wants to hear that they are over.
      loudness: event.attempt > 1 ? 'normal' : 'verbose',
      message: `run ${event.run} succeeded${after(event.attempt - 1)}: ${event.kind}, ${count(event.paths, 'path')}, ${duration(event.tookMs)}`,
      fields: { ...event },
    }),
  },
  'run:failed': {
    loudness: 'normal',
    say: ({ path, hint, ...event }) => ({
      severity: event.next === 'put back' ? 'info' : 'error',
      message: `${event.kind} run ${event.run} failed for ${some(path, event.paths)}: ${event.why}; ${next(event)}`,
      hint,
      fields: { ...event, ...pathFields(path) },
    }),
  },
  'run:partly-failed': {
    loudness: 'verbose',
    say: ({ run, kind, paths, failed, why }) => ({
      severity: 'warn',
      message: `run ${run} failed for ${count(failed, 'path')} that it named: ${why}; ${kind}, ${count(paths, 'path')} done`,
      fields: { run, kind, paths, failed, why },
    }),
  },
  'run:strange-path': {
    loudness: 'normal',
    mostLines: 20,
    say: ({ run, path }) => ({
      severity: 'warn',
      message: `run ${run} says that ${display(path)} failed, which was not in its batch`,
      hint: 'the script writes paths of its list to $CLSYNC_FAILED, as they are in the list',
      fields: { run, ...pathFields(path) },
    }),
  },
  'run:outlived': {
    loudness: 'normal',
    say: (event) => ({
      severity: 'warn',
      message: `run ${event.run} of an earlier daemon still goes on as process ${event.pid}: no script is started until it ends`,
      hint: `it ends by itself or by --synctimeout; to end it now: kill -- -${event.pid}`,
      fields: { ...event },
    }),
  },
  'run:outlived-timed-out': {
    loudness: 'normal',
    say: (event) => ({
      severity: 'warn',
      message: `run ${event.run} of an earlier daemon takes too long: ending process ${event.pid}`,
      hint: 'give it more time with --synctimeout, 0 for no limit',
      fields: { ...event },
    }),
  },
  'run:outlived-ended': {
    loudness: 'normal',
    say: (event) => ({
      severity: 'info',
      message: `run ${event.run} of an earlier daemon has ended (process ${event.pid})`,
      fields: { ...event },
    }),
  },
  'runs:paused': {
    loudness: 'normal',
    say: () => ({
      severity: 'warn',
      message: 'paused: changes are collected, but no run begins',
      hint: 'to go on: UPDATE daemon SET paused = 0',
    }),
  },
  'runs:resumed': {
    loudness: 'normal',
    say: () => ({ severity: 'info', message: 'no longer paused: what failed is tried at once' }),
  },
  'outage:began': {
    loudness: 'normal',
    say: () => ({
      severity: 'error',
      message: 'nothing succeeds any more: from now on few runs are tried, until one succeeds',
      hint: 'see to the target; README, "Options", says how to have everything tried at once',
    }),
  },
  'outage:ended': {
    loudness: 'normal',
    say: () => ({ severity: 'info', message: 'runs succeed again: what waits is tried at once' }),
  },
  'path:isolated': {
    loudness: 'normal',
    mostLines: 100,
    say: ({ path, why, hint, retryInMs }) => ({
      severity: 'warn',
      message: `${display(path)} fails by itself: ${why}; next try in ${duration(retryInMs)}`,
      hint: hint ?? 'the other paths go on without it',
      fields: { ...pathFields(path), why, retryInMs },
    }),
  },
}

/** One path stands for all. */
function some(path: BytePath, paths: number): string {
  return paths === 1 ? display(path) : `${display(path)} and ${paths - 1} more`
}

function after(failures: number): string {
  return failures === 0 ? '' : ` after ${count(failures, 'failed try', 'failed tries')}`
}

function next(event: { readonly next: AfterFailure; readonly retryInMs: number }): string {
  switch (event.next) {
    case 'retry':
      return `next try in ${duration(event.retryInMs)}`
    case 'split':
      return 'tried again in two halves'
    case 'put back':
      return 'told again when runs go on'
  }
}
