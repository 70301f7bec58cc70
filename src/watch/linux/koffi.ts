import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

import type Koffi from 'koffi'

import { ClsyncError, describe } from '../../errors.ts'

const require = createRequire(import.meta.url)

/** `dlfcn.h`: find what is loaded already, and never unload it. */
const RTLD_LAZY = 0x1
const RTLD_NOLOAD = 0x4
const RTLD_NODELETE = 0x1000

/** Where there is musl's loader, Node may need other native code than that for glibc. */
const MUSL: Readonly<Record<string, string>> = {
  x64: '/lib/ld-musl-x86_64.so.1',
  arm64: '/lib/ld-musl-aarch64.so.1',
}

/**
 * Loads koffi; only where it is needed: other systems and other engines never touch it.
 *
 * @throws ClsyncError `engine`
 */
export function loadKoffi(): typeof Koffi {
  try {
    return nativeKoffi() ?? (require('koffi') as typeof Koffi)
  } catch (error) {
    throw new ClsyncError('engine', `the library koffi cannot be loaded: ${describe(error)}`, {
      hint: 'install clsync again on this machine, or use --chokidar',
      cause: error,
    })
  }
}

/**
 * Its native code, which has all that is used here, from where npm puts it: beside koffi. The
 * modules around it look for it in many places and read what libc Node was linked with, which takes
 * twice as long as to load it: nothing is watched before. Undefined where it is not there, or may not
 * be the right one.
 */
function nativeKoffi(): typeof Koffi | undefined {
  const { arch } = process
  const musl = MUSL[arch]
  if (musl === undefined || existsSync(musl)) return undefined
  const packages = require.resolve.paths('koffi')?.find((path) => existsSync(join(path, 'koffi')))
  if (packages === undefined) return undefined
  try {
    const file = `@koromix/koffi-linux-${arch}/linux_${arch}/koffi.node`
    const native = require(join(packages, file)) as typeof Koffi
    const { version } = require(join(packages, 'koffi/package.json')) as { version: unknown }
    return native.version === version ? native : undefined
  } catch {
    return undefined
  }
}

/**
 * Keeps koffi's own library in memory until the process ends. Node unloads what only a worker thread
 * had loaded when that thread is ended, and libuv calls back into it a moment later, to close poll
 * handles: `process.exit()` in the main thread was a segmentation fault.
 */
export function keepLoaded(koffi: typeof Koffi): void {
  const files = Object.keys(require.cache).filter((path) => path.endsWith('koffi.node'))
  if (files.length === 0) return
  const dlopen = koffi.load(null).func('void *dlopen(const char *, int)')
  for (const file of files) dlopen(file, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE)
}
