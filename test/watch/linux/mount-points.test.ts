import assert from 'node:assert/strict'
import { test } from 'node:test'

import { mountPointsBelow } from '../../../dist/watch/linux/mount-points.js'

const MOUNTINFO = [
  '22 27 0:21 / /proc rw,relatime - proc proc rw',
  '27 1 254:0 / / rw,relatime - ext4 /dev/vda rw',
  '40 27 0:40 / /srv/tree rw - tmpfs tmpfs rw',
  '41 40 0:41 / /srv/tree/a\\040b\\134c rw shared:1 - tmpfs tmpfs rw',
  '42 40 254:0 /home /srv/tree/home rw - ext4 /dev/vda rw',
  '43 42 0:43 / /srv/tree/home rw - tmpfs tmpfs rw',
  '44 27 0:44 / /srv/treetop rw - tmpfs tmpfs rw',
  '',
].join('\n')

test('mounts below the directory are found, with what tells one from another', () => {
  const found = mountPointsBelow(MOUNTINFO, '/srv/tree')
  assert.deepEqual([...found.keys()], ['a b\\c', 'home'])
  const without = mountPointsBelow(MOUNTINFO.replace(/^43 .*\n/m, ''), '/srv/tree')
  assert.notEqual(without.get('home'), found.get('home'))
})

test('below the root directory are all others', () => {
  const found = mountPointsBelow(MOUNTINFO, '/')
  assert.deepEqual([...found.keys()].slice(0, 2), ['proc', 'srv/tree'])
})
