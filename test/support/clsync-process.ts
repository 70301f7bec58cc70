import { type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

import { temporaryDirectory } from './temporary-directory.ts'

/** The program itself. */
export const CLSYNC: string = fileURLToPath(new URL('../../bin/clsync.js', import.meta.url))

/** What a finished process left. */
export interface Finished {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program of Node's to its end. */
export async function runNode(
  program: string,
  args: readonly string[],
  options: SpawnOptions = {},
): Promise<Finished> {
  const child = spawn(process.execPath, [program, ...args], {
    ...options,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 30_000,
  })
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk))
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  return {
    code,
    signal,
    stdout: String(Buffer.concat(stdout)),
    stderr: String(Buffer.concat(stderr)),
  }
}

/** A temporary directory with a watch directory `tree` and an action script `script`. */
export function workplace(t: TestContext): string {
  const directory = temporaryDirectory(t)
  chmodSync(directory, 0o755)
  mkdirSync(join(directory, 'tree'))
  writeFileSync(join(directory, 'script'), '#!/bin/sh\n', { mode: 0o755 })
  return directory
}
