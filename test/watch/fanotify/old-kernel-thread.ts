import { parentPort } from 'node:worker_threads'

import { parseRules } from '../../../dist/rules/rules.js'
import { FanotifyEngine } from '../../../dist/watch/fanotify/engine.js'
import { LinuxTreeReader } from '../../../dist/watch/linux/directory-reader.js'
import { openLibc } from '../../../dist/watch/linux/libc.js'
import { awaitSettings } from '../../../dist/watch/thread.js'
import { kernelBeforeRenames } from './other-kernels.js'

/** The watch thread on a kernel before Linux 5.17. */
if (parentPort !== null) {
  const libc = openLibc()
  awaitSettings(parentPort, async () => ({
    compileRules: (text) => {
      const rules = parseRules(text, 'rules')
      return (path, isDirectory) => rules.accepts(path, isDirectory)
    },
    createEngine: (settings, filter, sink) =>
      new FanotifyEngine(settings, filter, sink, kernelBeforeRenames()),
    openReader: (root) => new LinuxTreeReader(libc, root),
  }))
}
