import { markdownTable, type Row } from './table.ts'

interface Verdict {
  readonly what: string
  readonly measured: number
  readonly limit: number
  readonly unit: string
  /** Where more is better. */
  readonly isFloor: boolean
}

/** What a benchmark promised, and whether it was kept. */
export class Verdicts {
  readonly #verdicts: Verdict[] = []

  /** At most `limit` is allowed. */
  atMost(what: string, measured: number, limit: number, unit: string): void {
    this.#verdicts.push({ what, measured, limit, unit, isFloor: false })
  }

  /** At least `limit` is wanted. */
  atLeast(what: string, measured: number, limit: number, unit: string): void {
    this.#verdicts.push({ what, measured, limit, unit, isFloor: true })
  }

  /** Prints them; what is not reached makes the program end with 1. */
  print(): void {
    const rows = this.#verdicts.map((verdict) => toRow(verdict))
    console.log(`\n${markdownTable(['reach', 'measured', 'wanted', 'verdict'], rows)}`)
    if (!this.#verdicts.every(isReached)) process.exitCode = 1
  }
}

function isReached({ measured, limit, isFloor }: Verdict): boolean {
  return isFloor ? measured >= limit : measured <= limit
}

function toRow(verdict: Verdict): Row {
  const { what, measured, limit, unit, isFloor } = verdict
  const sign = isFloor ? '≥' : '≤'
  return [
    what,
    `${short(measured)} ${unit}`,
    `${sign} ${short(limit)} ${unit}`,
    isReached(verdict) ? 'reached' : 'NOT reached',
  ]
}

function short(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(2)
}
