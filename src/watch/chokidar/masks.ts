import { IN_CLOSE_WRITE, IN_CREATE, IN_DELETE, IN_ISDIR, IN_MODIFY } from '../../model/mask.ts'

const MASKS: ReadonlyMap<string, number> = new Map([
  ['add', IN_CREATE],
  ['addDir', IN_CREATE | IN_ISDIR],
  ['change', IN_MODIFY | IN_CLOSE_WRITE],
  ['unlink', IN_DELETE],
  ['unlinkDir', IN_DELETE | IN_ISDIR],
])

/** Returns the bits inotify would have given for one of chokidar's reports, undefined for others. */
export function maskOf(report: string): number | undefined {
  return MASKS.get(report)
}
