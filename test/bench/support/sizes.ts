import { parseArgs } from 'node:util'

/** Reads `--name N` for each of the names, what is not given stays as it is; and the other words. */
export function sizesFrom<Name extends string>(
  defaults: Readonly<Record<Name, number>>,
): { readonly sizes: Readonly<Record<Name, number>>; readonly rest: readonly string[] } {
  const names = Object.keys(defaults) as Name[]
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]))
  const { values, positionals: rest } = parseArgs({ options, allowPositionals: true })
  const given = names.filter((name) => values[name] !== undefined)
  const sizes = given.map((name) => [name, sizeOf(values[name])] as const)
  return { sizes: { ...defaults, ...Object.fromEntries(sizes) }, rest }
}

function sizeOf(text: unknown): number {
  const size = Number(text)
  if (!Number.isSafeInteger(size) || size < 1) throw new Error(`not a size: ${String(text)}`)
  return size
}
