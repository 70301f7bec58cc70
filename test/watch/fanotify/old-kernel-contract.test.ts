import { engineContract } from '../engine-contract.js'
import { whyNoFanotify } from './availability.js'

const why = await whyNoFanotify()
if (why === undefined) {
  engineContract({
    title: 'fanotify before Linux 5.17',
    settings: { engine: 'fanotify', pollMs: undefined },
    masks: 'kernel',
    entry: new URL('./old-kernel-thread.js', import.meta.url),
  })
} else {
  console.log(`fanotify is not tested as before Linux 5.17: ${why}`)
}
