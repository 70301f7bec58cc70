import { setFlagsFromString } from 'node:v8'
import { Worker } from 'node:worker_threads'

/** V8 would let a thread's short-lived objects grow to 48 MB; a few are enough and faster. */
const YOUNG_GENERATION_MB = 4

/** Opens a thread that waits for its settings. */
export function openThread(entry: URL): Worker {
  const limits = { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB }
  const worker = new Worker(entry, { resourceLimits: limits })
  // The same for this thread, which has no other way; a thread that begins takes it back.
  worker.once('online', () => setFlagsFromString('--semi-space-growth-factor=1'))
  return worker
}
