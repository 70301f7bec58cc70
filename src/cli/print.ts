import { ClsyncError, errnoOf } from '../errors.ts'
import { inWords } from './errno-words.ts'

/**
 * Writes what the user asked for to standard output. A reader that has seen enough (`| head`) is no
 * error.
 *
 * @throws ClsyncError `failed` if it cannot be written
 */
export async function print(text: string): Promise<void> {
  const error = await new Promise<unknown>((resolve) => {
    process.stdout.once('error', resolve)
    process.stdout.write(text, resolve)
  })
  if (error === undefined || error === null || errnoOf(error) === 'EPIPE') return
  throw new ClsyncError('failed', `cannot write to standard output: ${inWords(error)}`, {
    hint: 'look where it leads to',
  })
}
