import type { ErrorCode } from '../errors.ts'

/** What a daemon in the background tells the process that started it, until it is ready. */
export type BackgroundMessage =
  /** A line of its log, where its own standard error leads nowhere. */
  | { readonly type: 'log'; readonly line: string }
  | { readonly type: 'ready' }
  | {
      readonly type: 'failed'
      readonly code: ErrorCode
      readonly message: string
      readonly hint: string
    }

/** Environment variable that tells the daemon so; it takes it away at once. */
export const BACKGROUND_VARIABLE = 'CLSYNC_IN_BACKGROUND'
