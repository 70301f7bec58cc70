import { ClsyncError } from '../errors.ts'

/** What a quantity on the command line may be. */
export interface Bounds {
  readonly min: number
  readonly max: number
  /** For the error: `seconds`. */
  readonly unit?: string
}

/** Ten years: far above every use, far below where timers and dates stop making sense. */
const LONGEST_SECONDS = 10 * 365 * 86_400

const DECIMAL = /^(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i
const WHOLE = /^\d+$/
const SIZE = /^(\d+)([kmgt]?)$/i
const POWERS: Readonly<Record<string, number>> = { '': 0, k: 1, m: 2, g: 3, t: 4 }

/**
 * Reads seconds, fractions allowed, as whole milliseconds. What is above 0 never becomes 0, since
 * 0 switches some delays off.
 *
 * @param flag - as the user knows it, for the error: `--collectdelay`
 */
export function readSeconds(flag: string, text: string, minSeconds: number = 0): number {
  const seconds = DECIMAL.test(text) ? Number(text) : refuse(flag, text, 'a number of seconds')
  check(flag, text, seconds, { min: minSeconds, max: LONGEST_SECONDS, unit: 'seconds' })
  return seconds === 0 ? 0 : Math.max(1, Math.round(seconds * 1000))
}

/** Reads bytes, with an optional `k`, `M`, `G` or `T` (powers of 1024, either case). */
export function readSize(flag: string, text: string): number {
  const [, digits, unit = ''] = SIZE.exec(text) ?? refuse(flag, text, 'a whole number of bytes')
  const bytes = Number(digits) * 1024 ** (POWERS[unit.toLowerCase()] ?? 0)
  check(flag, text, bytes, { min: 0, max: Number.MAX_SAFE_INTEGER, unit: 'bytes' })
  return bytes
}

/** Reads a whole number. */
export function readWhole(flag: string, text: string, bounds: Bounds): number {
  const count = WHOLE.test(text) ? Number(text) : refuse(flag, text, 'a whole number')
  check(flag, text, count, bounds)
  return count
}

/** Reads `P%`, fractions allowed, as P; undefined when the text does not end in `%`. */
export function readPercent(flag: string, text: string): number | undefined {
  if (!text.endsWith('%')) return undefined
  const digits = text.slice(0, -1)
  const percent = DECIMAL.test(digits) ? Number(digits) : refuse(flag, text, 'a percentage')
  check(flag, text, percent, { min: 0, max: 100, unit: 'percent' })
  return percent
}

function check(flag: string, text: string, value: number, bounds: Bounds): void {
  const limit = (bound: number): string => `${bound} ${bounds.unit ?? ''}`.trim()
  if (value < bounds.min) {
    throw new ClsyncError('usage', `${flag} ${text} is too small`, {
      hint: `the smallest is ${limit(bounds.min)}`,
    })
  }
  if (value > bounds.max) {
    throw new ClsyncError('usage', `${flag} ${text} is too large`, {
      hint: `the largest is ${limit(bounds.max)}`,
    })
  }
}

function refuse(flag: string, text: string, wanted: string): never {
  const what = /^-\.?\d/.test(text) ? `${text} is negative` : `'${text}' is not ${wanted}`
  throw new ClsyncError('usage', `${flag} ${what}`, { hint: EXAMPLES[wanted] })
}

const EXAMPLES: Readonly<Record<string, string>> = {
  'a number of seconds': 'for example 30, 0.5 or 0',
  'a whole number of bytes': 'for example 134217728, 128M or 1G',
  'a whole number': 'for example 4',
  'a percentage': 'for example 50%',
}
