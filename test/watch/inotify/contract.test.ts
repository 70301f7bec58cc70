import { notOnLinux, testUnless } from '../../support/test-unless.js'
import { engineContract } from '../engine-contract.js'

testUnless(notOnLinux, 'inotify', () => {
  engineContract({
    title: 'inotify',
    settings: { engine: 'inotify', pollMs: undefined },
    masks: 'kernel',
  })
})
