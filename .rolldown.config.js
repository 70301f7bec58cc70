/**
 * Bundles the program: Node takes a third of a millisecond to load each of 250 modules. CommonJS,
 * which it loads faster still; what not every start needs is in files of its own.
 */
const ENTRIES = ['cli/early-thread', 'cli/program', 'daemon/watch-thread']

/** Of the packages only this one is among what every start waits for; all of it but its native code. */
const BUNDLED = /^(\.|\/|better-sqlite3(\/|$))/

export default ENTRIES.map((entry) => ({
  input: `dist/${entry}.js`,
  platform: 'node',
  external: (id) => !BUNDLED.test(id),
  preserveEntrySignatures: 'allow-extension',
  output: {
    dir: 'dist/program',
    format: 'cjs',
    strict: true,
    // Of a source with other characters V8 holds two bytes for each.
    charset: 'ascii',
    comments: false,
    // By entry: of a module that two entries share, each has a copy of its own.
    chunkFileNames: ({ facadeModuleId }) => `${lastOf(entry)}.${nameOf(facadeModuleId)}.js`,
  },
}))

function lastOf(path) {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** As `watch-inotify-engine`; what several of them share is called after one of its modules. */
function nameOf(module) {
  return module?.replace(/.*\/dist\/|\.js$/g, '').replaceAll('/', '-') ?? '[name]'
}
