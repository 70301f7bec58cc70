/** A POSIX extended regular expression as a tree. Characters are Unicode code points. */
export type Ere =
  | { readonly kind: 'char'; readonly code: number }
  | { readonly kind: 'any' }
  | CharSet
  | { readonly kind: 'start' }
  | { readonly kind: 'end' }
  | { readonly kind: 'sequence'; readonly parts: readonly Ere[] }
  | { readonly kind: 'choice'; readonly branches: readonly Ere[] }
  | Repeat

/** A bracket expression. */
export interface CharSet {
  readonly kind: 'set'
  readonly negated: boolean
  /** First and last code point of each range. */
  readonly ranges: ReadonlyArray<readonly [number, number]>
}

/** Something repeated `min` to `max` times, without limit if `max` is undefined. */
export interface Repeat {
  readonly kind: 'repeat'
  readonly inner: Ere
  readonly min: number
  readonly max: number | undefined
}
