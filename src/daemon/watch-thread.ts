import { parentPort } from 'node:worker_threads'

import { ClsyncError } from '../errors.ts'
import type { EngineName } from '../model/glossary.ts'
import { parseRules } from '../rules/rules.ts'
import type { Accepts, CreateEngine } from '../watch/contract.ts'
import { FanotifyEngine } from '../watch/fanotify/engine.ts'
import { LinuxTreeReader } from '../watch/linux/directory-reader.ts'
import { openLibc } from '../watch/linux/libc.ts'
import { portableReader } from '../watch/portable-reader.ts'
import { awaitSettings } from '../watch/thread.ts'
import type { TreeReader } from '../watch/tree-reader.ts'

/**
 * Entry of the watch thread. Libraries are loaded only where they are used, and native code only when
 * the settings are here: a process that exits while one of its threads loads koffi crashes.
 */
if (parentPort !== null) {
  awaitSettings(parentPort, async ({ engine }) => ({
    openReader: chooseReader(),
    createEngine: await loadEngine(engine),
    compileRules,
  }))
}

function compileRules(text: string): Accepts {
  const rules = parseRules(text, 'rules')
  return (path, isDirectory) => rules.accepts(path, isDirectory)
}

/** Fanotify's is here already: with it nothing else is waited for, so that a file more would be. */
async function loadEngine(name: EngineName): Promise<CreateEngine> {
  switch (name) {
    case 'chokidar': {
      const { loadChokidarEngine } = await import('../watch/chokidar/engine.ts')
      return loadChokidarEngine()
    }
    case 'inotify': {
      const { InotifyEngine } = await import('../watch/inotify/engine.ts')
      return (settings, filter, sink) => new InotifyEngine(settings, filter, sink)
    }
    case 'fanotify':
      return (settings, filter, sink) => new FanotifyEngine(settings, filter, sink)
  }
}

/** Linux can hold a directory open and look in it; elsewhere, or without koffi, paths have to do. */
function chooseReader(): (root: string) => TreeReader {
  if (process.platform !== 'linux') return portableReader
  try {
    const libc = openLibc()
    return (root) => new LinuxTreeReader(libc, root)
  } catch (error) {
    if (error instanceof ClsyncError) return portableReader
    throw error
  }
}
