import { testUnless } from '../../support/test-unless.js'
import { engineContract } from '../engine-contract.js'
import { whyNoFanotify } from './availability.js'

testUnless(await whyNoFanotify(), 'fanotify', () => {
  engineContract({
    title: 'fanotify',
    settings: { engine: 'fanotify', pollMs: undefined },
    masks: 'kernel',
  })
})
