import { portableReader } from '../../dist/watch/portable-reader.js'
import { testTreeReader } from './tree-reader-contract.ts'

testTreeReader('the portable reader', portableReader)
