#!/usr/bin/env node
// Written for any Node, so that old ones can say that they are too old.
const fs = require('fs')
const path = require('path')

const program = path.join(__dirname, '../dist/program')
const [major, minor] = process.versions.node.split('.').map(Number)

if (major < 20 || (major === 20 && minor < 19)) {
  fail(`Node ${process.versions.node} is too old`, 'install Node 20.19 or newer')
} else if (fs.existsSync(program)) {
  run(process.argv.slice(2))
} else {
  fail(`${program} is missing: clsync is not built`, 'run: npm ci && npm run build')
}

/** What is required first opens a thread, which starts while the rest is loaded. */
function run(args) {
  try {
    const thread = require('../dist/program/early-thread.js').openEarlyThread(args)
    require('../dist/program/program.js').runProgram(args, thread)
  } catch (error) {
    fail(error.message, 'install it again: npm ci && npm run build')
  }
}

function fail(message, hint) {
  console.error(`clsync: ${message}\nhint: ${hint}`)
  process.exitCode = 2
}
