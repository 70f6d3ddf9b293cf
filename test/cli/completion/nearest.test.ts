import { expect, it } from 'vitest'
import { nearest } from '../../../cli/completion/nearest.ts'

const KNOWN = ['name', 'namespace', 'watch', 'verb', 'o', 'keys']

it.each([
  ['namspace', 'namespace'],
  ['nmae', 'name'],
  ['watches', 'watch'],
  ['vrb', 'verb'],
  ['namesp', 'namespace'],
  ['zzz', undefined],
  ['x', undefined],
  ['', undefined],
])('%j means %j', (word, known) => expect(nearest(word, KNOWN)).toBe(known))
