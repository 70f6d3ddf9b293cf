import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runCertify } from '../../run-certify.ts'
import { openRecorder } from '../../../../server/records/recorder.ts'
import { fakeIO } from '../../../fakes/io.ts'

const SIGNED_IN = { event: 'login.signed-in', subject: 'alice', client: 'console', upstream: 'corp' } as const

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jit-sign-ins-'))
  const recorder = await openRecorder({ dir, clock: { nowMs: () => Date.now() }, onError: () => undefined })
  await recorder.record({ event: 'server.started', part: 'login' })
  await recorder.record(SIGNED_IN)
  await recorder.close()
})
afterAll(() => rm(dir, { recursive: true, force: true }))

it('records of login verify', async () => {
  const io = fakeIO()
  expect(await runCertify(io, ['verify', dir])).toBe(0)
})
it('replay says how to see sign-ins, which are not part of a session, and shows them as JSON', async () => {
  const [text, json] = [fakeIO(), fakeIO()]
  expect(await runCertify(text, ['replay', '--records', dir])).toBe(0)
  expect(text.noted()).toContain('note: sign-ins and tokens are not part of a session; show them with: --output=json')
  expect(await runCertify(json, ['replay', '--records', dir, '--output=json'])).toBe(0)
  const shown = json
    .printed()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as object)
  expect(shown).toContainEqual(expect.objectContaining(SIGNED_IN))
})
