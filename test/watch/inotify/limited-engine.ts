import { writeFileSync } from 'node:fs'

import { describe } from '../../../dist/errors.js'
import { EngineSession } from './engine-session.js'

/**
 * Watches a tree in a user namespace whose limits were lowered, and prints as JSON what came of it:
 * `node limited-engine.js ROOT LIMIT VALUE`. Where there is a limit of watches it is raised at last.
 */
const [root = '', limit = '', value = ''] = process.argv.slice(2)

writeFileSync(`/proc/sys/user/${limit}`, value)
try {
  const session = new EngineSession({ root })
  const { directories } = await session.engine.start()
  await session.quiet()
  const { problems } = session
  writeFileSync(`/proc/sys/user/${limit}`, '100000')
  session.below('', 'audit')
  session.turn()
  session.forget()
  writeFileSync(`${root}/9/late`, '')
  writeFileSync(`${root}/99/late`, '')
  await session.quiet()
  const told = [...session.looks.keys()]
  console.log(JSON.stringify({ directories, problems, told }))
  await session.engine.close()
} catch (error) {
  console.log(JSON.stringify({ error: describe(error), hint: Object(error).hint }))
}
