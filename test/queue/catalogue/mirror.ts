import { isWithin, join } from '../../../dist/model/byte-path.js'
import type { BytePath } from '../../../dist/model/glossary.js'
import type { ModelTree } from './model-tree.ts'

/** What a simple script has made of the paths it was told: it looks what is there, and no further. */
export class Mirror {
  readonly states = new Map<BytePath, string>()

  /** Makes one path alike. */
  sync(path: BytePath, tree: ModelTree): void {
    const state = stateOf(tree, path)
    if (state === undefined) return this.#remove(path)
    this.#makeWay(path)
    if (!state.startsWith('directory')) this.#remove(path)
    this.states.set(path, state)
  }

  /** Directories on the way that it was not told of. */
  #makeWay(path: BytePath): void {
    let way = ''
    for (const name of path.split('/').slice(0, -1)) {
      way = join(way, name)
      if (this.states.get(way)?.startsWith('directory') === true) continue
      this.#remove(way)
      this.states.set(way, 'directory on the way')
    }
  }

  #remove(path: BytePath): void {
    for (const known of [...this.states.keys()])
      if (isWithin(known, path)) this.states.delete(known)
  }
}

/** All of a tree, as a mirror should have it. */
export function statesOf(tree: ModelTree): Map<BytePath, string> {
  const states = new Map<BytePath, string>()
  for (const path of tree.nodes.keys()) if (path !== '') states.set(path, stateOf(tree, path) ?? '')
  return states
}

function stateOf(tree: ModelTree, path: BytePath): string | undefined {
  const node = tree.nodes.get(path)
  if (node === undefined) return undefined
  const mode = node.mode.toString(8)
  return node.isDirectory ? `directory ${mode}` : `file ${mode} ${node.version}`
}
