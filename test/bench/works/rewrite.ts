import type { Telling } from '../peers/actions.ts'
import { cpuMs } from '../support/proc.ts'
import { writeNew } from '../support/tree.ts'
import { stage } from './burst.ts'
import { whileWatching, type Work } from './work.ts'

/** The same files written again and again. */
export function rewrite(files: number, times: number): Work {
  return {
    id: `rewrite-${files}`,
    title: `Rewrite: ${files === 1 ? 'one file' : `${files} files`} written ${times} times, delay 1 s`,
    metrics: [
      { name: 'script runs', unit: '' },
      { name: 'paths delivered', unit: '' },
      { name: 'missed', unit: '' },
      { name: 'CPU', unit: 's' },
    ],
    notes: 'Paths delivered counts a path as often as the script was told of it.',
    async measure(peer, place) {
      const { scene, told, directories } = stage(place)
      const paths = Array.from(
        { length: files },
        (_, index) => `${directories[index % directories.length]}/burst${index}.txt`,
      )
      for (const path of paths) writeNew(path, 'x')
      return whileWatching(peer, scene, place, async ({ pid, settled }) => {
        await settled
        await told.quiet()
        told.forget()
        const before = cpuMs(pid)
        for (let time = 0; time < times; time++) for (const path of paths) writeNew(path, `${time}`)
        await told.quiet()
        return [measured(told, files, cpuMs(pid) - before)]
      })
    },
  }
}

function measured(told: Telling, files: number, usedMs: number): Record<string, number> {
  return {
    'script runs': told.runs,
    'paths delivered': told.lines,
    missed: files - told.files.size,
    CPU: usedMs / 1e3,
  }
}
