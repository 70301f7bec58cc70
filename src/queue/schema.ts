import type { Database } from 'better-sqlite3'

import { openSqlite } from './better-sqlite3.ts'
import { migrate } from './migrations.ts'

const OBJECTS = 'SELECT name FROM sqlite_schema ORDER BY name'

/** Returns a table, index or view that somebody dropped, or undefined; what was added is no matter. */
export function droppedFrom(connection: Database): string | undefined {
  const there = new Set(namesIn(connection))
  return expectedNames().find((name) => !there.has(name))
}

/** Made once: it takes some milliseconds. */
let expected: readonly string[] | undefined

function expectedNames(): readonly string[] {
  expected ??= modelNames()
  return expected
}

function modelNames(): readonly string[] {
  const model = openSqlite(':memory:')
  try {
    migrate(model, () => undefined)
    return namesIn(model)
  } finally {
    model.close()
  }
}

function namesIn(connection: Database): readonly string[] {
  return connection.prepare(OBJECTS).pluck().all() as string[]
}
