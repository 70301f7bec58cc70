import { isMainThread } from 'node:worker_threads'

/**
 * To be loaded into the program before anything else: its wall clock is wrong by so many
 * milliseconds as `CLSYNC_TEST_CLOCK_MS` says, and SIGUSR2 puts it on by an hour, as if the machine
 * had slept. The kernel's clock, which stamps files, stays as it is.
 */
const realNow = Date.now.bind(Date)
let offsetMs = Number(process.env['CLSYNC_TEST_CLOCK_MS'] ?? 0)
Date.now = () => realNow() + offsetMs
if (isMainThread) process.on('SIGUSR2', () => (offsetMs += 3_600_000))
