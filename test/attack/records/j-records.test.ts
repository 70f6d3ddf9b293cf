import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kubectl } from '../../cluster/environment.ts'
import { openHarness, type Harness } from '../harness.ts'
import { leaksIn } from '../oracles/canary.ts'
import { sweep } from '../oracles/sweep.ts'

/** J. Audit and recording: the records hold everything and no secret, and errors reveal nothing internal. */
let harness: Harness
beforeAll(async () => void (harness = await openHarness('attack-j')))
afterAll(() => harness.finish())

const agent = (...args: readonly string[]) => kubectl('agent', ['-n', harness.namespace, ...args])

/** The first lines of a file that is still being written, as far as they are complete. */
async function firstLines(path: string, most: number): Promise<readonly string[]> {
  const lines: string[] = []
  for await (const line of createInterface({ input: createReadStream(path) })) {
    if (lines.length === most || !line.endsWith('}')) break
    lines.push(line)
  }
  return lines
}

describe('J. audit and recording', () => {
  it('J01 every request has an intent, an outcome and an audit event, and every refusal has a record', async () => {
    const allowed = await harness.send(`GET ${harness.in('secrets')}`)
    const refused = await harness.json(`POST ${harness.in('configmaps')}`, {})
    const odd = await harness.send(`GET ${harness.in('secrets/..')}`)
    const stream = await harness.send(`GET ${harness.in('pods/none/exec')}?command=id`, {
      headers: ['Connection: Upgrade', 'Upgrade: SPDY/3.1'],
    })
    // A request that is sent now is recorded after the records of the others.
    const last = await harness.send(`GET ${harness.in('secrets')}`)
    const lines = await harness.recorded(
      'the last request',
      (all) => all.some(({ auditID, event }) => auditID === last.auditID && event === 'request.outcome') && all,
    )
    const of = (id: string): readonly string[] => lines.filter(({ auditID }) => auditID === id).map(({ event }) => event)
    expect(of(allowed.auditID)).toEqual(['request.intent', 'request.outcome'])
    expect(of(refused.auditID)).toEqual(['request.refused'])
    expect(of(odd.auditID)).toEqual(['request.refused'])
    expect(of(stream.auditID)).toEqual(['request.refused'])
    expect(await harness.seen(allowed)).toHaveLength(1)
  })
  it('J02 records, logs, metrics and events hold no canary, whatever an agent sends besides the operation itself', async () => {
    const { db } = harness
    // The agent knows a value from elsewhere and puts it into every part of its requests, except those that name the operation: see below.
    await harness.json(`POST ${harness.in('configmaps')}`, { data: { a: db } })
    await harness.send(`GET ${harness.in('pods')}`, { headers: [`User-Agent: ${db}`, `X-Note: ${db}`] })
    await harness.json(`POST ${harness.in('pods/web/eviction')}`, { metadata: { name: db } })
    await agent('get', 'secrets', '-o', 'yaml')
    const outlets = await sweep(harness.environment, harness.books)
    const tokens = [harness.token]
    for (const [name, bytes] of outlets) {
      expect(leaksIn(bytes, harness.canaries), name).toEqual([])
      for (const token of tokens) expect(bytes.includes(token.split('.')[2] ?? token), `a token in ${name}`).toBe(false)
      expect(bytes.includes('Bearer ey'), `a bearer token in ${name}`).toBe(false)
    }
  })
  it('J02 records keep an operation unmasked, even if its words are values of a Secret', async () => {
    const [name, label, command] = ['prod-ledger', 'app', 'touch /tmp/'].map((word) => `${word}-${randomBytes(8).toString('hex')}`)
    await harness.secret('words', { name: name ?? '', label: label ?? '', command: command ?? '' })
    await harness.learned()
    const path = harness.in(`configmaps/${name}`)
    const answers = [
      await harness.send(`GET ${path}?pretty=${label}`),
      await harness.json(`PATCH ${path}`, {}, { type: 'application/merge-patch+json' }),
      await harness.send(`GET ${harness.in(`pods/${name}/exec`)}?command=sh&command=-c&command=${encodeURIComponent(command ?? '')}`, {
        headers: ['Connection: Upgrade', 'Upgrade: SPDY/3.1'],
      }),
    ]
    // A refusal is recorded after its answer.
    const [read, patched, exec] = await harness.recorded('all three', (lines) => {
      const found = answers.map((answer) => lines.find(({ auditID, event }) => auditID === answer.auditID && event !== 'request.outcome'))
      return !found.includes(undefined) && found
    })
    expect(read).toMatchObject({ path, name, query: `pretty=${label}` })
    expect(patched).toMatchObject({ path, name, message: expect.stringContaining(`"${name}"`) as string })
    expect(exec).toMatchObject({ name, query: `command=sh&command=-c&command=${encodeURIComponent(command ?? '')}` })
  })
  it('J04 verification detects a record file that was cut, edited or lost a line', async () => {
    const { recordsDir } = harness.environment
    const dir = await mkdtemp(join(tmpdir(), 'attack-records-'))
    const verify = async (): Promise<number> => (await kubectl('admin', ['certify', 'verify', dir])).code
    try {
      // The first lines of the oldest file: what streams recorded can be hundreds of megabytes.
      const [name = ''] = (await readdir(recordsDir)).filter((each) => each.endsWith('.jsonl')).sort()
      const lines = await firstLines(join(recordsDir, name), 500)
      const file = join(dir, name)
      await writeFile(file, `${lines.join('\n')}\n`)
      expect(await verify()).toBe(0)
      const bent: readonly (readonly string[])[] = [
        lines.map((line, at) => (at === 1 ? line.replace('"time":"20', '"time":"21') : line)),
        lines.filter((_, at) => at !== 1),
        [...lines.slice(0, 1), ...lines.slice(2), lines[1] ?? ''],
      ]
      for (const each of bent) {
        await writeFile(file, `${each.join('\n')}\n`)
        expect(await verify()).not.toBe(0)
      }
    } finally {
      await rm(dir, { recursive: true, force: true })
    }
  })
  it('J06 the servers’ inspector cannot be opened by a signal', async () => {
    const text = await readFile('Dockerfile', 'utf8')
    expect(text).toContain('--disable-sigusr1')
    for (const file of ['Dockerfile', 'manifests/install.yaml'])
      expect(await readFile(file, 'utf8')).not.toMatch(/--inspect|NODE_OPTIONS|--heapsnapshot|--heap-prof/)
  })
  it('J07 errors carry no stack, no file path and no upstream address', async () => {
    const { hostname, port } = new URL(harness.environment.kubernetes.url)
    const answers = [
      await harness.send('GET /nowhere'),
      await harness.send(`GET ${harness.in('pods/none')}`),
      await harness.send(`GET ${harness.in('pods/..')}`),
      await harness.send(`GET ${harness.in('pods')}`, { token: 'a.b.c' }),
      await harness.json(`POST ${harness.in('configmaps')}`, {}),
      await harness.send(`GET ${harness.in('pods')}?limit=x`),
      await harness.send(`GET ${harness.in('secrets')}`, { headers: ['Accept: application/cbor'] }),
      await harness.raw('garbage\r\n\r\n'),
    ]
    for (const { raw } of answers) {
      const text = raw.toString('latin1')
      expect(text).not.toMatch(/\bat .*[.]ts:\d+|node_modules|node:internal|\/app\/|ECONN|10[.]96[.]/)
      expect(text).not.toContain(`${hostname}:${port}`)
      expect(text).not.toMatch(/^(server|via|x-powered-by|x-kubernetes[^:]*):/im)
    }
  })
  it('X13 a line break, an escape or a quote from an agent does not create a second record', async () => {
    const forged = '"}\n{"event":"request.intent","auditID":"forged"}'
    await harness.send(`GET ${harness.in('pods')}?labelSelector=${encodeURIComponent(forged)}`)
    await harness.send(`GET ${harness.in('pods')}?fieldSelector=${encodeURIComponent(`metadata.name=${forged}\u001b[2J`)}`)
    const last = await harness.send(`GET ${harness.in('pods')}`)
    const lines = await harness.recorded('a later request', (all) => all.some(({ auditID }) => auditID === last.auditID) && all)
    expect(lines.some(({ auditID }) => auditID === 'forged')).toBe(false)
  })
})
