import type { Scratch } from '../support/scratch.ts'

/** What a tool is started on. */
export interface Scene {
  /** The directory to watch. */
  readonly tree: string
  /** Directories below it: when so many are watched, a tool that says nothing is ready. */
  readonly directories: number
  /** For configuration, database, sockets; a second start with it is a restart. */
  readonly state: string
  /** The action script, see `actions.ts`. */
  readonly script: string
  /** How long changes are collected; 0: as short as the tool can. */
  readonly delaySeconds: number
  /** One path at a time suffices: nothing is gained by a list. */
  readonly isSingle?: boolean
}

/** A tool at work. */
export interface Watching {
  /** The process that watches; scripts are its children and not counted. */
  readonly pid: number
  /** Milliseconds from exec until everything is watched. */
  readonly readyMs: number
  /** Resolves when it is known that nothing that happened while it was down is missed. */
  readonly settled: Promise<void>
  /** Rejects when the tool ends by itself. */
  readonly died: Promise<never>
  stop(): Promise<void>
}

/** One tool that runs scripts for what changes. */
export interface Peer {
  readonly name: string
  /** Debian package that has it; undefined: it comes with us. */
  readonly debian: string | undefined
  /** How it was set up, for whoever reads the table. */
  readonly notes: string
  /** Directories that it can be asked to watch without waiting for many minutes. */
  readonly mostDirectories: number
  /** Is given only works whose ids begin so. @default all */
  readonly onlyWorks?: string
  /** Needs no full sync after a restart. @default false */
  readonly hasCatalogue?: boolean
  /** Undefined: it is not installed. */
  version(): string | undefined
  start(scene: Scene, scratch: Scratch): Promise<Watching>
}
