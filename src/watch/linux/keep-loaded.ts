import { createRequire } from 'node:module'

import type Koffi from 'koffi'

/** `dlfcn.h`: find what is loaded already, and never unload it. */
const RTLD_LAZY = 0x1
const RTLD_NOLOAD = 0x4
const RTLD_NODELETE = 0x1000

/**
 * Keeps koffi's own library in memory until the process ends. Node unloads what only a worker thread
 * had loaded when that thread is ended, and libuv calls back into it a moment later, to close poll
 * handles: `process.exit()` in the main thread was a segmentation fault.
 */
export function keepLoaded(koffi: typeof Koffi): void {
  const { cache } = createRequire(import.meta.url)
  const file = Object.keys(cache).find((path) => path.endsWith('koffi.node'))
  if (file === undefined) return
  const dlopen = koffi.load(null).func('void *dlopen(const char *, int)')
  dlopen(file, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE)
}
