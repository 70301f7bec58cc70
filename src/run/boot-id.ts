import { readFileSync } from 'node:fs'

/** Names this boot of the machine, see random(4); undefined where there is no such name. */
export function bootId(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
  } catch {
    return undefined
  }
}
