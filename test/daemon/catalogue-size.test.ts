import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'

import { LISTED, LivePlace } from '../support/live-place.ts'

const REAL_TREE = '/usr/include'
/** Fewer say nothing. */
const FEWEST = 2_000
const MOST_BYTES = 80

test(
  `The catalogue of a real tree takes at most ${MOST_BYTES} bytes an entry`,
  { skip: !existsSync(REAL_TREE) && `there is no ${REAL_TREE} here` },
  async (t) => {
    const place = new LivePlace(t)
    const flags = [...LISTED, '--initialsync', 'never']
    const daemon = place.launch(flags, { watchDir: REAL_TREE })
    const { entries } = await daemon.says('reconcile:finished', ({ path }) => path === '')
    if (Number(entries) < FEWEST) return t.skip(`only ${String(entries)} entries in ${REAL_TREE}`)
    await daemon.stop()
    const [row] = place.query(`
      SELECT (SELECT sum(pgsize) FROM dbstat WHERE name = 'entry') * 1.0 / count(*) AS bytes
      FROM entry`) as { bytes: number }[]
    t.diagnostic(`${row?.bytes.toFixed(1)} bytes, ${String(entries)} entries`)
    assert.ok(row !== undefined && row.bytes <= MOST_BYTES, `${row?.bytes} bytes`)
  },
)
