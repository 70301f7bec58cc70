/**
 * How long a hint can be on its way while its path is acknowledged, milliseconds. What may matter to
 * one is kept that long: names that scripts were told are gone, and what was in directories that went.
 */
export const LATE_HINT_MS = 60_000
