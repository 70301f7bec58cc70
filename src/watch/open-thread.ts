import { Worker } from 'node:worker_threads'

/** V8 would let a thread's short-lived objects grow to 48 MB; a few are enough and faster. */
const YOUNG_GENERATION_MB = 4

/** Opens a thread that waits for its settings. */
export function openThread(entry: URL): Worker {
  const limits = { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB }
  const worker = new Worker(entry, { resourceLimits: limits })
  worker.once('message', () => void keepYoungGenerationSmall())
  return worker
}

/**
 * The same for this thread, which has no other way. Not before the other one has something to say: it
 * would take it back when it begins, and with other flags V8 compiles anew what Node brings compiled.
 */
async function keepYoungGenerationSmall(): Promise<void> {
  const { setFlagsFromString } = await import('node:v8')
  setFlagsFromString('--semi-space-growth-factor=1')
}
