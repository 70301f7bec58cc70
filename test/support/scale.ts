/**
 * How long the crash tests take: short as part of `npm test`, long in `npm run torture`, which says
 * so in these variables.
 */
export interface Scale {
  /** Also what takes long, and loads in full size. */
  readonly isLong: boolean
  /** Daemons killed. */
  readonly kills: number
  /** Power cuts on each file system. */
  readonly cuts: number
  /**
   * The same in every `npm test`, so that what fails fails for everybody; another one each time in the
   * long forms, which are there to find what nobody thought of.
   */
  readonly seed: number
}

/** Reads the scale from the environment. */
export function scaleOf(env: NodeJS.ProcessEnv): Scale {
  const isLong = env['CLSYNC_TEST_LONG'] === '1'
  return {
    isLong,
    kills: Number(env['CLSYNC_TEST_KILLS'] ?? 40),
    cuts: Number(env['CLSYNC_TEST_CUTS'] ?? 3),
    seed: Number(env['CLSYNC_TEST_SEED'] ?? (isLong ? Date.now() % 1_000_000 : 1)),
  }
}
