import type { Child } from './child.ts'

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

/** Follows a child to its end. */
export function followed(child: Child, output: OutputListener): ScriptProcess {
  child.stdout.on('data', (chunk: Buffer) => output.stdout(chunk))
  child.stderr.on('data', (chunk: Buffer) => output.stderr(chunk))
  return { pid: child.pid, ended: child.pid === undefined ? failed(child) : ended(child) }
}

/** A process that could not even be tried to start. */
export function neverStarted(error: unknown): ScriptProcess {
  return { pid: undefined, ended: Promise.resolve(neverBegan(error)) }
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
