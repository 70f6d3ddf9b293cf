import { expect, test } from 'vitest'
import { remedyOf, shellWords } from '../../../hack/demo/command-output.ts'

test.each([
  ['a b  c', ['a', 'b', 'c']],
  [`--name='it'\\''s' x`, ["--name=it's", 'x']],
  ['--reason="look inside" --wait', ['--reason=look inside', '--wait']],
])('%s is split as a shell splits it', (line, words) => {
  expect(shellWords(line)).toEqual(words)
})

test('a refusal without a command to type fails the story', () => {
  expect(() => remedyOf({ code: 1, stdout: '', stderr: 'Error from server (Forbidden)', seconds: 0 })).toThrow('names no command')
})
