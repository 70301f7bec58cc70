import { engineContract } from '../engine-contract.js'

if (process.platform === 'linux') {
  engineContract({
    title: 'inotify',
    settings: { engine: 'inotify', pollMs: undefined },
    masks: 'kernel',
  })
} else {
  console.log('not on Linux: inotify is not tested')
}
