#!/usr/bin/env node
// Written for any Node that knows modules, so that old ones can say that they are too old.
import { existsSync } from 'fs'
import { fileURLToPath } from 'url'

const program = fileURLToPath(new URL('../dist/program/start.js', import.meta.url))
const [major, minor] = process.versions.node.split('.').map(Number)

if (major < 20 || (major === 20 && minor < 19)) {
  fail(`Node ${process.versions.node} is too old`, 'install Node 20.19 or newer')
} else if (existsSync(program)) {
  import('../dist/program/start.js').then(({ start }) => start(process.argv.slice(2)), cannotLoad)
} else {
  fail(`${program} is missing: clsync is not built`, 'run: npm ci && npm run build')
}

function cannotLoad(error) {
  fail(error.message, 'install it again: npm ci && npm run build')
}

function fail(message, hint) {
  console.error(`clsync: ${message}\nhint: ${hint}`)
  process.exitCode = 2
}
