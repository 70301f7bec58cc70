import { ClsyncError, errnoOf } from '../errors.ts'
import { isDenied, isFull } from './database-error.ts'
import { Database, type DatabaseSettings } from './database.ts'
import { becomesOurs } from './foreign-log.ts'
import { InstanceLock } from './lock.ts'
import { walLoss } from './wal-loss.ts'
import { inspect, moveAside } from './quarantine.ts'

/** A database that took the place of one that was lost. */
export interface Replacement {
  /** Where the lost one is, undefined if there was nothing left of it. */
  readonly movedTo: string | undefined
  readonly why: string
}

/** An open database, which nobody else serves. */
export interface Opened {
  readonly lock: InstanceLock
  readonly database: Database
  /** What was there before is lost: nothing of it is in this database. */
  readonly replaced: Replacement | undefined
}

const MORE_TRIES = 5

/**
 * Opens the database for one daemon. One of ours that is gone, empty or damaged is moved aside for a
 * new one, which never happens silently: see {@link Opened.replaced}.
 *
 * @param distrusted why it must not be used again, whatever it looks like
 * @throws ClsyncError `locked`, or `database` when it is not ours or cannot be used
 */
export function openDatabase(
  settings: Omit<DatabaseSettings, 'mayBeEmpty'>,
  distrusted: string | undefined,
): Opened {
  const { path } = settings
  // Somebody else's file is refused before anything is created beside it.
  const before = inspect(path)
  const lock = new InstanceLock(path)
  try {
    const found = lock.isFirst ? before : inspect(path)
    const lost = found.state === 'lost' ? found.why : undefined
    const opened = openSound({ ...settings, mayBeEmpty: lock.isFirst }, distrusted ?? lost)
    return { lock, ...opened }
  } catch (error) {
    lock.release()
    throw error
  }
}

function openSound(
  settings: DatabaseSettings,
  distrusted: string | undefined,
): Omit<Opened, 'lock'> {
  const why = distrusted ?? lossOf(settings.path)
  if (why !== undefined) return replace(settings, why)
  try {
    return { database: open(settings), replaced: undefined }
  } catch (error) {
    if (!(error instanceof ClsyncError) || error.code !== 'damaged') throw error
    return replace(settings, error.message)
  }
}

/** Tries again where what was in the way may be gone: a full disk, files that were not ours yet. */
function open(settings: DatabaseSettings): Database {
  for (let left = MORE_TRIES; ; left--) {
    try {
      return new Database(settings)
    } catch (error) {
      const cause = error instanceof ClsyncError ? error.cause : undefined
      const isMended =
        (isFull(cause) && settings.makeRoom()) || (isDenied(cause) && becomesOurs(settings.path))
      if (left === 0 || !isMended) throw error
    }
  }
}

/** What cannot be looked at now, SQLite will complain of itself. */
function lossOf(path: string): string | undefined {
  try {
    const loss = walLoss(path)
    return loss === undefined ? undefined : `database ${path}: ${loss}`
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return undefined
  }
}

function replace(settings: DatabaseSettings, why: string): Omit<Opened, 'lock'> {
  const movedTo = moveAside(settings.path, new Date(settings.clock.now()))
  return { database: open({ ...settings, mayBeEmpty: true }), replaced: { movedTo, why } }
}
