import { engineContract } from '../engine-contract.js'
import { whyNoFanotify } from './availability.js'

const why = await whyNoFanotify()
if (why === undefined) {
  engineContract({
    title: 'fanotify',
    settings: { engine: 'fanotify', pollMs: undefined },
    masks: 'kernel',
  })
} else {
  console.log(`fanotify is not tested: ${why}`)
}
