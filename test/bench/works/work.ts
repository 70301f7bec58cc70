import type { Peer, Scene, Watching } from '../peers/peer.ts'
import type { Scratch } from '../support/scratch.ts'

/**
 * What was measured in one run: a value for each metric of the work; NaN: not for this peer. `failed`
 * alone: the tool died of it.
 */
export type Measurement = Readonly<Record<string, number>>

export interface Metric {
  /** Name in a measurement and heading of the column. */
  readonly name: string
  readonly unit: 's' | 'ms' | 'µs' | 'MB' | 'kB' | 'bytes' | '%' | ''
}

/** One work that all peers are given. */
export interface Work {
  readonly id: string
  readonly title: string
  readonly metrics: readonly Metric[]
  /** Directories watched. @default 0, few */
  readonly directories?: number
  /** One run yields all measurements, or all runs would yield the same. */
  readonly isOnce?: boolean
  /** What the columns mean. */
  readonly notes: string
  /** Makes what all runs use, see {@link Place.shared}. */
  prepare?(shared: string): void
  /** Measures a peer once, in a directory of its own. May yield more than one measurement. */
  measure(peer: Peer, place: Place): Promise<readonly Measurement[]>
}

/** Where a peer works in one run. */
export interface Place {
  readonly directory: string
  /** Stays for the other runs of the work. */
  readonly shared: string
  readonly scratch: Scratch
}

/** Starts a peer, does the work, stops it whatever comes. */
export async function whileWatching<T>(
  peer: Peer,
  scene: Scene,
  { scratch }: Place,
  work: (watching: Watching) => Promise<T>,
): Promise<T> {
  const watching = await peer.start(scene, scratch)
  try {
    return await Promise.race([work(watching), watching.died])
  } finally {
    await watching.stop()
  }
}
