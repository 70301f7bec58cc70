import { testUnless } from '../../support/test-unless.js'
import { engineContract } from '../engine-contract.js'
import { whyNoFanotify } from './availability.js'

testUnless(await whyNoFanotify(), 'fanotify before Linux 5.17', () => {
  engineContract({
    title: 'fanotify before Linux 5.17',
    settings: { engine: 'fanotify', pollMs: undefined },
    masks: 'kernel',
    entry: new URL('./old-kernel-thread.js', import.meta.url),
  })
})
