import { spawnSync } from 'node:child_process'

/** Why there can be no user namespace, or undefined; in one, root's limits may be lowered. */
export function whyNoUserNamespace(): string | undefined {
  const { status, stderr, error } = spawnSync('unshare', ['-r', 'true'], { encoding: 'utf8' })
  return status === 0 ? undefined : `no user namespace: ${error?.message ?? stderr.trim()}`
}
