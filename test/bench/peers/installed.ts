import { spawnSync } from 'node:child_process'

/** First version number that a program says; undefined: it cannot be started. */
export function versionOf(file: string, args: readonly string[]): string | undefined {
  const { stdout, stderr, error } = spawnSync(file, args, { encoding: 'utf8' })
  if (error !== undefined) return undefined
  return /\d+(?:\.\d+)+/.exec(stdout + stderr)?.[0]
}

/** Installs Debian packages where we may; says whether that was possible. */
export function install(packages: readonly string[]): boolean {
  if (process.getuid?.() !== 0 || versionOf('apt-get', ['--version']) === undefined) return false
  console.log(`installing ${packages.join(', ')}`)
  const args = ['install', '-y', '-q', '--no-install-recommends', ...packages]
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  return spawnSync('apt-get', args, { env, stdio: ['ignore', 'ignore', 'inherit'] }).status === 0
}
