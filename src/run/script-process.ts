import { ChildProcess } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { closeSync, openSync } from 'node:fs'

import { execa } from 'execa'

import type { Command } from './command.ts'

/** How a process ended. Neither code nor signal: it never began, and `error` says why. */
export interface ProcessEnd {
  readonly exitCode: number | undefined
  readonly signal: string | undefined
  readonly error: unknown
}

/** A process of the action script, leader of a session and process group of its own. */
export interface ScriptProcess {
  /** Undefined: it could not be started. */
  readonly pid: number | undefined
  /** Resolves, never rejects, when the process itself ended and its output was read. */
  readonly ended: Promise<ProcessEnd>
}

/** Receives output as it comes. */
export interface OutputListener {
  stdout(chunk: Buffer): void
  stderr(chunk: Buffer): void
}

/**
 * Milliseconds for output that is still in the pipes when the process has ended. Processes left in
 * the background may hold the pipes open for ever: they lose them then, and hold up nothing.
 */
const DRAIN_MS = 100

/** File descriptors that a spawn takes: two socket pairs, a pipe, and some to spare. */
const DESCRIPTORS_FOR_SPAWN = 8

/** Channel on which Node tells of every child before it is started. */
const CREATED = 'child_process'

const OPTIONS = {
  stdin: 'ignore',
  stdout: 'pipe',
  stderr: 'pipe',
  /** A session of its own: whole groups can be signalled, Ctrl-C in our terminal is not for it. */
  detached: true,
  /** Output is taken as it comes; execa's buffer would fail a script for being chatty. */
  buffer: false,
  /** It outlives us if we are killed, and is found again. */
  cleanup: false,
  extendEnv: false,
  reject: false,
  verbose: 'none',
} as const

/** Starts a process. Failing to is an end like others: this never throws. */
export function startProcess(
  command: Command,
  env: Readonly<Record<string, string>>,
  output: OutputListener,
): ScriptProcess {
  try {
    requireDescriptors(DESCRIPTORS_FOR_SPAWN)
    const child = spawn(command, env)
    child.stdout.on('data', (chunk: Buffer) => output.stdout(chunk))
    child.stderr.on('data', (chunk: Buffer) => output.stderr(chunk))
    return { pid: child.pid, ended: child.pid === undefined ? failed(child) : ended(child) }
  } catch (error) {
    return { pid: undefined, ended: Promise.resolve(neverBegan(error)) }
  }
}

type Child = ReturnType<typeof spawn>

function spawn({ file, args }: Command, env: Readonly<Record<string, string>>) {
  subscribe(CREATED, hearErrors)
  try {
    return execa(file, args, { ...OPTIONS, env })
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

/**
 * `close` comes when the process has ended and its pipes with it. Where somebody else holds the
 * pipes we close our ends; only after one more turn of the event loop, which reads what has come
 * while the loop was busy with other things.
 */
function ended(child: Child): Promise<ProcessEnd> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined
    child.once('exit', () => {
      timer = setTimeout(() => setImmediate(letGoOfPipes, child), DRAIN_MS)
    })
    child.once('close', (exitCode: number | null, signal: NodeJS.Signals | null) => {
      clearTimeout(timer)
      resolve({ exitCode: exitCode ?? undefined, signal: signal ?? undefined, error: undefined })
    })
  })
}

function letGoOfPipes(child: Child): void {
  child.stdout.destroy()
  child.stderr.destroy()
}

async function failed(child: Child): Promise<ProcessEnd> {
  const result = await child
  return neverBegan(result instanceof Error ? (result.cause ?? result) : result)
}

function neverBegan(error: unknown): ProcessEnd {
  return { exitCode: undefined, signal: undefined, error }
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
