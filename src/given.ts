/** Flags that are given or not. */
export type Switch =
  | 'acceptnewroot'
  | 'auto'
  | 'background'
  | 'chokidar'
  | 'debug'
  | 'fanotify'
  | 'inotify'
  | 'null'
  | 'pthread'
  | 'quite'
  | 'verbose'

/** Flags with a value. `poll` may be given without one, `ignoreexitcode` more than once. */
export type Setting =
  | 'auditinterval'
  | 'bigfilecollectdelay'
  | 'bigfilethreshold'
  | 'collectdelay'
  | 'commondelay'
  | 'db'
  | 'ignoreexitcode'
  | 'initialsync'
  | 'jobs'
  | 'label'
  | 'logformat'
  | 'maxdelete'
  | 'outlistsdir'
  | 'poll'
  | 'retrydelay'
  | 'retrydelaymax'
  | 'synctimeout'

/** What the user gave, as written. */
export interface Given {
  /** Watch directory, action script, rules file. */
  readonly operands: readonly string[]
  readonly switches: ReadonlySet<Switch>
  readonly settings: ReadonlyMap<Setting, readonly string[]>
}

/** What of the machine and the user decides defaults. */
export interface Surroundings {
  readonly cwd: string
  readonly platform: NodeJS.Platform
  /** Cores that this process may use. */
  readonly cores: number
  readonly isRoot: boolean
  readonly home: string
  /** `$XDG_STATE_HOME`. */
  readonly stateHome: string | undefined
}
