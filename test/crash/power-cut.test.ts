import { test } from 'node:test'

import { DiskImage, whyNoImage } from '../support/disk-image.ts'
import { cutPower, loseContent } from '../support/power-cuts.ts'
import { scaleOf } from '../support/scale.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

for (const fileSystem of ['xfs', 'ext4'] as const) {
  test(
    `a power cut takes back nothing that was said to be done, on ${fileSystem} (P1)`,
    { skip: whyNoImage(fileSystem) },
    async (t) => {
      const { cuts, seed } = scaleOf(process.env)
      const directory = temporaryDirectory(t)
      const image = new DiskImage(t, fileSystem)
      const figures = await cutPower({ directory, image, cuts, seed })
      t.diagnostic(`seed ${seed}: ${JSON.stringify({ cuts, ...figures })}`)
    },
  )

  test(
    `content that a power cut takes back behind the same times is told again, on ${fileSystem} (P1)`,
    { skip: whyNoImage(fileSystem) },
    async (t) => {
      const image = new DiskImage(t, fileSystem)
      const lost = await loseContent(temporaryDirectory(t), image)
      t.diagnostic(`${lost} of 2 files lost their content`)
    },
  )
}
