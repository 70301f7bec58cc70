import { ChildProcess } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { closeSync, openSync } from 'node:fs'

import type { ResultPromise } from 'execa'

import type { Command } from './command.ts'
import type { Environment } from './environment.ts'

/** File descriptors that a spawn takes: three socket pairs, a pipe, and some to spare. */
const DESCRIPTORS_FOR_SPAWN = 10

/** Channel on which Node tells of every child before it is started. */
const CREATED = 'child_process'

interface ChildOptions<Stdin extends 'ignore' | 'pipe'> {
  stdin: Stdin
  stdout: 'pipe'
  stderr: 'pipe'
  /** A session of its own: whole groups can be signalled, Ctrl-C in our terminal is not for it. */
  detached: true
  /** Output is taken as it comes; execa's buffer would fail a script for being chatty. */
  buffer: false
  /** It outlives us if we are killed, and is found again. */
  cleanup: false
  extendEnv: false
  reject: false
  verbose: 'none'
  env: Environment
}

/** A child that waits for what is written to it. */
export type FedChild = ResultPromise<ChildOptions<'pipe'>>

/**
 * A child process, its output in pipes. Without a pid it did not start, and the promise that it also
 * is says why.
 */
export type Child = ResultPromise<ChildOptions<'ignore'>> | FedChild

const OPTIONS = {
  stdout: 'pipe',
  stderr: 'pipe',
  detached: true,
  buffer: false,
  cleanup: false,
  extendEnv: false,
  reject: false,
  verbose: 'none',
} as const

/**
 * Starts children, each leader of a session and process group of its own. Both throw an Error with
 * `code` EMFILE where too few file descriptors are left.
 */
export interface Spawner {
  /** Starts a child without standard input. */
  spawn(command: Command, env: Environment): Child
  /** Starts one that has standard input. */
  spawnFed(command: Command, env: Environment): FedChild
}

/** Loads execa: half of all that a daemon has to load, and nothing before the first script needs it. */
export async function loadSpawner(): Promise<Spawner> {
  const { execa } = await import('execa')
  return {
    spawn({ file, args }, env) {
      const options = { ...OPTIONS, stdin: 'ignore', env } as const
      return spawning(() => execa<ChildOptions<'ignore'>>(file, args, options))
    },
    spawnFed({ file, args }, env) {
      const options = { ...OPTIONS, stdin: 'pipe', env } as const
      return spawning(() => execa<ChildOptions<'pipe'>>(file, args, options))
    },
  }
}

function spawning<T>(spawn: () => T): T {
  requireDescriptors(DESCRIPTORS_FOR_SPAWN)
  subscribe(CREATED, hearErrors)
  try {
    return spawn()
  } finally {
    unsubscribe(CREATED, hearErrors)
  }
}

/**
 * That there are no descriptors left Node reports by an event, after execa (9.6) has let go of the
 * child: nobody would hear it, and the daemon would die of that.
 */
function hearErrors(created: unknown): void {
  if (!(created instanceof Object && 'process' in created)) return
  if (created.process instanceof ChildProcess) created.process.on('error', () => undefined)
}

/** Throws EMFILE here rather than in the spawn, of which execa (9.6) tells in words of its own. */
function requireDescriptors(count: number): void {
  const probes: number[] = []
  try {
    while (probes.length < count) probes.push(openSync('/dev/null', 'r'))
  } finally {
    for (const probe of probes) closeSync(probe)
  }
}
