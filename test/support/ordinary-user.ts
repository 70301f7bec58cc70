const NOBODY = 65_534

/** Calls back without root's rights, for what root would be allowed to do. */
export function asOrdinaryUser<Result>(callback: () => Result): Result {
  if (process.getuid?.() !== 0) return callback()
  process.seteuid?.(NOBODY)
  try {
    return callback()
  } finally {
    process.seteuid?.(0)
  }
}
