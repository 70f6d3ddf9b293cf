import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { readStandardError } from '../../../cli/kubectl/standard-error.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

/** What is shown of pieces, each of which is followed by a wait that is longer than that for a prompt, and what is left as the error. */
async function read(...pieces: readonly string[]): Promise<{ readonly shown: readonly string[]; readonly error: string; readonly all: string }> {
  const stream = new PassThrough()
  const shown: string[] = []
  const stderr = readStandardError(stream, (text) => void shown.push(text))
  for (const piece of pieces) {
    const before = stderr.all().length
    stream.write(piece)
    await vi.waitFor(() => expect(stderr.all().length).toBe(before + piece.length))
    await vi.advanceTimersByTimeAsync(60_000)
  }
  return { shown, error: stderr.error(), all: stderr.all() }
}

const PROMPT = 'To sign in, open https://login.example.com and enter ABCD.\n'
const ERRORS = [
  'Error from server (Forbidden): pods "a" is forbidden: reason\nwith a second line\n',
  'Error from server: it broke\n',
  'error: You must be logged in to the server (Unauthorized)\n',
  'The Pod "a" is invalid: spec.containers: Required value\n',
  'The connection to the server localhost:1 was refused - did you specify the right host or port?\n',
  'Unable to connect to the server: EOF\n',
]

it('shows what a credential plugin asks while kubectl waits', async () => {
  expect(await read(PROMPT)).toEqual({ shown: [PROMPT.trim()], error: PROMPT, all: PROMPT })
})

it.each(ERRORS)('does not show an error of kubectl, however late kubectl ends: %s', async (error) => {
  expect(await read(error)).toEqual({ shown: [], error, all: error })
  expect(await read(PROMPT, error)).toEqual({ shown: [PROMPT.trim()], error, all: PROMPT + error })
  expect(await read(PROMPT + error)).toEqual({ shown: [PROMPT.trim()], error, all: PROMPT + error })
  expect(await read(`Warning: old\nE0101 00:00:00.000000 1 a.go:1] b\n${error}`)).toMatchObject({ shown: [] })
})

it('does not show the rest of an error of kubectl that comes later', async () => {
  expect(await read('error: one\n', 'two\n')).toEqual({ shown: [], error: 'error: one\ntwo\n', all: 'error: one\ntwo\n' })
})
