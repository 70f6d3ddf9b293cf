import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { NamedSource } from '../../../../apiserver/sessions/gateways.ts'
import { createFolderSource } from '../../../../server/records/sessions/folder-source.ts'
import { sessionsOf } from '../../../apiserver/sessions/record-folders.ts'
import { until } from '../../../until.ts'
import { startFixture, type Fixture } from '../../console-fixture.ts'
import { writeBadAgent } from './agent-folder.ts'

let dir: string
let fixture: Fixture
let name: string
let isHalf = false
let goOn: () => void

/** A gateway whose recording stops in the middle until the test lets it go on. */
function slowGateway(): NamedSource {
  const source = createFolderSource({ dir })
  const rest = new Promise<void>((resolve) => (goOn = resolve))
  return {
    name: 'slow',
    source: {
      ...source,
      stream: async function* (query, signal) {
        for await (const event of source.stream(query, signal)) {
          if (event.event === 'stream.closed') return
          if (event.event === 'stream.data' && event.offsetMs > 900) {
            isHalf = true
            await rest
          }
          yield event
        }
      },
    },
  }
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jit-download-'))
  name = await writeBadAgent(dir, Date.now() - 60_000)
  fixture = await startFixture({ sessions: sessionsOf([], [slowGateway()]) })
})
afterAll(async () => {
  vi.restoreAllMocks()
  await fixture.close()
  await rm(dir, { recursive: true, force: true })
})

it('a recording that takes the minute that kube-apiserver gives it is downloaded whole', async () => {
  const limits: { readonly ms: number; readonly control: AbortController }[] = []
  vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
    const control = new AbortController()
    limits.push({ ms, control })
    return control.signal
  })
  const browser = await fixture.signedIn()
  const opened = browser.open(`${fixture.url}/sessions/${name}/terminals/a4/recording.cast`)
  await until('the first half is sent', () => isHalf)
  for (const { ms, control } of limits) if (ms <= 60_000) control.abort(new Error('a minute has passed'))
  goOn()
  const { code, text } = await opened
  expect(code).toBe(200)
  expect(text.trim().split('\n').at(-1)).toContain('[0.95,')
})
