import { PacketWriter } from '../../dist/model/packet.js'
import type { Accepts, WatchProblem } from '../../dist/watch/contract.js'
import { Crawl } from '../../dist/watch/crawl.js'
import { Filter } from '../../dist/watch/filter.js'
import { LinuxTreeReader } from '../../dist/watch/linux/directory-reader.js'
import { openLibc } from '../../dist/watch/linux/libc.js'
import { Lookout } from '../../dist/watch/lookout.js'
import { portableReader } from '../../dist/watch/portable-reader.js'
import type { TreeReader } from '../../dist/watch/tree-reader.js'
import { recordsOf } from './packet-log.js'
import type { PacketRecord } from './packet-log.js'

export interface CrawlSetUp {
  readonly root: string
  /** @default '' */
  readonly path?: string
  readonly reader?: TreeReader
  readonly accepts?: Accepts
  /** Called before each step. */
  readonly meanwhile?: (step: number, crawl: Crawl) => void
  /** Called when a directory was watched, before it is listed. */
  readonly onCovered?: (directory: string) => unknown
}

export interface CrawlOutcome {
  readonly records: readonly PacketRecord[]
  readonly problems: readonly WatchProblem[]
  /** `cover PATH` and `open PATH`, in order. */
  readonly calls: readonly string[]
}

/** Crawls a real tree and returns all that was written. */
export function crawlToEnd(setUp: CrawlSetUp): CrawlOutcome {
  const { root, path = '', accepts, meanwhile } = setUp
  const calls: string[] = []
  const problems: WatchProblem[] = []
  const reader = spying(setUp.reader ?? readerHere(root), calls)
  const filter = new Filter(() => accepts ?? (() => true), [])
  if (accepts !== undefined) filter.setRules('some')
  const writer = new PacketWriter()
  const problem = (each: WatchProblem): number => problems.push(each)
  const lookout = new Lookout({ root, reader, writer, filter, problem })
  const cover = (directory: string): void => {
    calls.push(`cover ${directory}`)
    setUp.onCovered?.(directory)
  }
  const crawl = new Crawl(
    { crawl: 7, path, gently: false },
    { reader, writer, lookout, cover, problem },
  )
  let step = 0
  do meanwhile?.(step++, crawl)
  while (crawl.step())
  reader.rest()
  return { records: recordsOf(writer.take()), problems, calls }
}

function readerHere(root: string): TreeReader {
  return process.platform === 'linux' ? new LinuxTreeReader(openLibc(), root) : portableReader(root)
}

function spying(reader: TreeReader, calls: string[]): TreeReader {
  return {
    open(directory) {
      calls.push(`open ${directory}`)
      return reader.open(directory)
    },
    rest: () => reader.rest(),
  }
}
