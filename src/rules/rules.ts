import { toText } from '../model/byte-path.ts'
import type { BytePath } from '../model/glossary.ts'
import { compileMatcher, type CompiledMatcher } from './matcher.ts'
import { parseRuleLines, type Rule } from './rules-file.ts'

/** Which paths are watched and told to the script. */
export interface Rules {
  /**
   * Says what the first rule that matches says, or true. Asks nothing of the directories above, so
   * it is for those who do not enter rejected ones. The watch directory itself is accepted.
   */
  accepts(path: BytePath, isDirectory: boolean): boolean
}

/**
 * Reads a rules file that has the content `text` and the name `file`. Throws ClsyncError `usage`,
 * `file:line:column: expected …`.
 */
export function parseRules(text: string, file: string): Rules {
  const rules = parseRuleLines(text, file)
  return new CompiledRules(rules.map(compile))
}

interface CompiledRule extends CompiledMatcher {
  readonly type: Rule['type']
  readonly accepts: boolean
}

function compile({ verdict, type, ere }: Rule): CompiledRule {
  return { type, accepts: verdict === 'accept', ...compileMatcher(ere) }
}

class CompiledRules implements Rules {
  readonly #forFiles: readonly CompiledRule[]
  readonly #forDirectories: readonly CompiledRule[]

  constructor(rules: readonly CompiledRule[]) {
    this.#forFiles = rules.filter(({ type }) => type !== 'directory')
    this.#forDirectories = rules.filter(({ type }) => type !== 'file')
  }

  accepts(path: BytePath, isDirectory: boolean): boolean {
    if (path === '') return true
    return firstVerdict(isDirectory ? this.#forDirectories : this.#forFiles, path)
  }
}

function firstVerdict(rules: readonly CompiledRule[], path: BytePath): boolean {
  if (rules.length === 0) return true
  const bytes = `/${path}`
  let text: string | undefined
  for (const rule of rules) {
    if (rule.readsText) text ??= textOf(bytes)
    if (rule.matches(bytes, text ?? bytes)) return rule.accepts
  }
  return true
}

function textOf(bytes: BytePath): string {
  return /[\x80-\xff]/.test(bytes) ? toText(bytes) : bytes
}
