import type { LiveDaemonSettings } from './live-daemon.ts'

/** The program with a wall clock that is wrong by so many milliseconds. */
export function wrongBy(ms: number): Pick<LiveDaemonSettings, 'env'> {
  const preloaded = new URL('./odd-clock.js', import.meta.url)
  return { env: { NODE_OPTIONS: `--import=${preloaded.href}`, CLSYNC_TEST_CLOCK_MS: `${ms}` } }
}
