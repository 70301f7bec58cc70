import { Worker } from 'node:worker_threads'

/** V8 would let a thread's short-lived objects grow to 48 MB; a few are enough and faster. */
const YOUNG_GENERATION_MB = 4

/** Opens a thread that waits for its settings. */
export function openThread(entry: URL): Worker {
  const limits = { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB }
  const worker = new Worker(entry, { resourceLimits: limits })
  worker.once('message', () => setImmediate(keepYoungGenerationSmall))
  return worker
}

/**
 * The same for the main thread, whose limits cannot be given when it begins. Only after the other
 * one's first message: a thread that begins sets the flag back, and with other flags V8 does not use
 * the compiled code that Node brings. That message says that everything is watched: nothing, as
 * loading this module, comes before whoever waits for it.
 */
function keepYoungGenerationSmall(): void {
  process.getBuiltinModule('node:v8').setFlagsFromString('--semi-space-growth-factor=1')
}
