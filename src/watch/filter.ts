import { join, parentOf } from '../model/byte-path.ts'
import type { BytePath } from '../model/glossary.ts'
import type { Accepts, NameFilter, PathFilter } from './contract.ts'

/** Most directories whose verdict is remembered. */
const MOST_VERDICTS = 10_000

/** The rules in force and clsync's own paths: what is watched and reported at all. */
export class Filter implements PathFilter {
  readonly #compile: (rules: string) => Accepts
  readonly #ownPaths: ReadonlySet<BytePath>
  readonly #verdicts = new Map<BytePath, boolean>()
  #rules: Accepts | undefined

  constructor(compile: (rules: string) => Accepts, ownPaths: readonly BytePath[]) {
    this.#compile = compile
    this.#ownPaths = new Set(ownPaths)
  }

  /** Uses other rules from now on. Throws what `compile` throws, and then keeps the old ones. */
  setRules(rules: string | undefined): void {
    this.#rules = rules === undefined ? undefined : this.#compile(rules)
    this.#verdicts.clear()
  }

  accepts(path: BytePath, isDirectory: boolean): boolean {
    if (path === '') return true
    if (this.#ownPaths.has(path)) return false
    return this.#rules === undefined || this.#rules(path, isDirectory)
  }

  walks(directory: BytePath): boolean {
    if (directory === '') return true
    const known = this.#verdicts.get(directory)
    if (known !== undefined) return known
    const verdict = this.accepts(directory, true) && this.walks(parentOf(directory))
    if (this.#verdicts.size >= MOST_VERDICTS) this.#verdicts.clear()
    this.#verdicts.set(directory, verdict)
    return verdict
  }

  within(directory: BytePath): NameFilter | undefined {
    if (this.#rules === undefined && this.#ownPaths.size === 0) return undefined
    if (!this.walks(directory)) return () => false
    return (name, isDirectory) => this.accepts(join(directory, name), isDirectory)
  }
}
