import { parentPort } from 'node:worker_threads'

import { parseRules } from '../../dist/rules/rules.js'
import { loadChokidarEngine } from '../../dist/watch/chokidar/engine.js'
import { portableReader } from '../../dist/watch/portable-reader.js'
import { awaitSettings } from '../../dist/watch/thread.js'

/** Chokidar promises every change at the next comparison: tests cannot wait a minute for it. */
const COMPARE_MS = 500

if (parentPort !== null) {
  awaitSettings(parentPort, async () => ({
    compileRules: (text) => {
      const rules = parseRules(text, 'rules')
      return (path, isDirectory) => rules.accepts(path, isDirectory)
    },
    createEngine: await loadChokidarEngine(COMPARE_MS),
    openReader: portableReader,
  }))
}
