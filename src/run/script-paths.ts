import { fromText } from '../model/byte-path.ts'
import type { BytePath } from '../model/glossary.ts'

/**
 * The two ways to write a path: relative to the watch directory as clsync keeps it, and as scripts
 * see it, with the watch directory before it exactly as given on the command line, since scripts
 * cut it off by its length.
 */
export interface ScriptPaths {
  /** Returns the path as scripts see it. */
  toScript(path: BytePath): BytePath
  /** Returns the relative path of what a script named; undefined: outside the watch directory. */
  fromScript(named: BytePath): BytePath | undefined
}

/** `watchDir` as given on the command line, less trailing slashes. */
export function scriptPaths(watchDir: string): ScriptPaths {
  const root = fromText(watchDir)
  const prefix = root.endsWith('/') ? root : `${root}/`
  return {
    toScript: (path) => (path === '' ? root : prefix + path),
    fromScript(named) {
      if (named === root) return ''
      return named.startsWith(prefix)
        ? withoutTrailingSlashes(named.slice(prefix.length))
        : undefined
    },
  }
}

function withoutTrailingSlashes(path: BytePath): BytePath {
  let end = path.length
  while (path[end - 1] === '/') end--
  return path.slice(0, end)
}
