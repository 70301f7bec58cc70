import { readFileSync } from 'node:fs'

/** Returns clsync's version. */
export function version(): string {
  const file = new URL('../../package.json', import.meta.url)
  const content: unknown = JSON.parse(readFileSync(file, 'utf8'))
  const isRead = typeof content === 'object' && content !== null && 'version' in content
  return isRead ? String(content.version) : 'unknown'
}
