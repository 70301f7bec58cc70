import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

import { EngineSession } from './engine-session.js'

/**
 * Waits for events that never come while the process ends: `node waiting-engine.js ROOT HOW`, in the
 * main thread (`exit`, `throw`) or a worker (`terminate`, `exit-over-worker`).
 */
const [root = '', how = ''] = process.argv.slice(2)

if (!isMainThread) {
  await waitFor(String(workerData))
} else if (how === 'exit' || how === 'throw') {
  await waitFor(root)
  setImmediate(() => {
    if (how === 'throw') throw new Error('thrown on purpose')
    process.exit(3)
  })
} else {
  const worker = new Worker(new URL(import.meta.url), { workerData: root })
  worker.once('message', () => void end(worker))
}

async function waitFor(directory: string): Promise<void> {
  const session = new EngineSession({ root: directory })
  await session.engine.start()
  session.engine.drain()
  void session.engine.wait(1_000_000)
  parentPort?.postMessage('waits')
}

async function end(worker: Worker): Promise<void> {
  if (how === 'terminate') await worker.terminate()
  process.exit(3)
}
