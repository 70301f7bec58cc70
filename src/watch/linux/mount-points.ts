import type { BytePath } from '../../model/glossary.ts'

/** Fields of a line of `/proc/self/mountinfo` (proc_pid_mountinfo(5)). */
const MOUNT_ID = 0
const MOUNT_POINT = 4

/**
 * Returns what is mounted below a directory: path of the mount point below it → what tells this
 * mount from another one there.
 *
 * @param mountinfo content of `/proc/self/mountinfo`, as a byte string
 * @param directory absolute path
 */
export function mountPointsBelow(mountinfo: string, directory: BytePath): Map<BytePath, string> {
  const prefix = directory === '/' ? '/' : `${directory}/`
  const found = new Map<BytePath, string>()
  for (const line of mountinfo.split('\n')) {
    const fields = line.split(' ', MOUNT_POINT + 1)
    const [mountId, mountPoint] = [fields[MOUNT_ID], fields[MOUNT_POINT]]
    if (mountId === undefined || mountPoint === undefined) continue
    const path = unescape(mountPoint)
    if (!path.startsWith(prefix) || path === prefix) continue
    const below = path.slice(prefix.length)
    // One may be mounted over another.
    found.set(below, `${found.get(below) ?? ''} ${mountId}`)
  }
  return found
}

/** Space, tab, newline and backslash are written as three octal digits. */
function unescape(field: string): BytePath {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  )
}
