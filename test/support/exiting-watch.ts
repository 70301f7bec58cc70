import { startWatcher } from '../../dist/watch/watcher.js'

/** Watches `argv[2]`, and exits with 3 in the middle of it. */
const entry = new URL('../../dist/daemon/watch-thread.js', import.meta.url)
const settings = {
  root: process.argv[2] ?? '',
  engine: 'inotify',
  pollMs: undefined,
  rules: undefined,
  ownPaths: [],
} as const
startWatcher(settings, entry, ({ type }) => {
  if (type === 'ready') process.exit(3)
})
