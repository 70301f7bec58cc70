import { engineContract } from './engine-contract.js'

const entry = new URL('./chokidar-thread.js', import.meta.url)

engineContract({
  title: 'chokidar',
  settings: { engine: 'chokidar', pollMs: undefined },
  masks: 'guessed',
  entry,
})

engineContract({
  title: 'chokidar that polls',
  settings: { engine: 'chokidar', pollMs: 100 },
  masks: 'guessed',
  entry,
})
