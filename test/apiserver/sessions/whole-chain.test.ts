import { beforeAll, describe, expect, it } from 'vitest'
import type { AccessSession } from '../../../domain/api/access-session.ts'
import { kubectl, uniqueName } from '../../cluster/environment.ts'
import { until } from '../../until.ts'

/** An agent works through the gateway, and people look at what it did with kubectl. */
const grant = uniqueName('watched')
const word = uniqueName('said')
let pod = ''
let name = ''
let stream = ''

const json = async <T>(actor: Parameters<typeof kubectl>[0], args: readonly string[]): Promise<T> => {
  const ran = await kubectl(actor, args)
  if (ran.code !== 0) throw new Error(ran.stderr)
  return JSON.parse(ran.stdout) as T
}
type Event = { readonly event: string; readonly auditID?: string; readonly command?: readonly string[] }
type Events = { readonly items: readonly Event[]; readonly metadata: { readonly continue?: string } }

/**
 * The stream of this file's command, by the timeline of the session. Agents of other files are the same identity, so the session can be long, and its
 * lists then hold only the first terminals and grants.
 */
async function streamIn(session: string): Promise<string | undefined> {
  let next: string | undefined = ''
  while (next !== undefined) {
    const path: string = `/apis/jit.access/v1/accesssessions/${session}/events?continue=${next}`
    const { items, metadata } = await json<Events>('approver', ['get', '--raw', path])
    const opened = items.find(({ event, command }) => event === 'stream.opened' && command?.includes(word) === true)
    if (opened !== undefined) return opened.auditID
    next = metadata.continue
  }
  return undefined
}

/** The session of the agent that has this file's stream. */
async function watched(): Promise<{ readonly session: AccessSession; readonly stream: string } | undefined> {
  const { items } = await json<{ readonly items: readonly AccessSession[] }>('approver', ['get', 'accesssessions', '-o', 'json'])
  const active = items.filter(({ spec, status }) => spec.username === 'oidc:agent' && status?.phase === 'Active')
  for (const session of active) {
    const opened = await streamIn(session.metadata.name)
    if (opened !== undefined) return { session, stream: opened }
  }
  return undefined
}

beforeAll(async () => {
  const rules = [{ verbs: ['create'], apiGroups: [''], resources: ['pods/exec'], namespaces: ['shop'] }]
  const request = { apiVersion: 'jit.access/v1', kind: 'AccessRequest', metadata: { name: grant }, spec: { durationSeconds: 600, rules } }
  expect(await kubectl('agent', ['create', '-f', '-'], { input: JSON.stringify(request) })).toMatchObject({ code: 0 })
  expect(await kubectl('approver', ['certify', 'approve', grant])).toMatchObject({ code: 0 })
  pod = (await kubectl('admin', ['-n', 'shop', 'get', 'pods', '-l', 'app=web', '-o', 'jsonpath={.items[0].metadata.name}'])).stdout
  expect(await kubectl('agent', ['-n', 'shop', 'exec', pod, '--', 'echo', word])).toMatchObject({ code: 0 })
  expect((await kubectl('agent', ['-n', 'kube-system', 'delete', 'secret', 'none'])).code).not.toBe(0)
})

describe('a session', () => {
  it('is listed with its counts, its policy and its terminal', async () => {
    const found = await until('the session has the terminal', watched)
    const { session } = found
    expect(session.status).toMatchObject({ phase: 'Active', complete: true })
    expect(session.status?.refused).toBeGreaterThan(0)
    const isListed = session.status?.terminals?.some(({ auditID }) => auditID === found.stream) === true
    expect(isListed || session.status?.truncated?.includes('terminals')).toBe(true)
    ;({ stream } = found)
    ;({ name } = session.metadata)
    const table = await kubectl('approver', ['get', 'accesssessions'])
    expect(table.stdout).toContain('LAST ACTIVITY')
    expect(table.stdout).toContain(name)
    const { code, stdout } = await kubectl('approver', ['certify', 'sessions', `--agent=${session.spec.username}`])
    expect(code).toBe(0)
    expect(stdout).toContain(name)
  })

  it('is replayed with what the terminal showed', async () => {
    const whole = await kubectl('approver', ['certify', 'replay', name])
    expect([whole.code, whole.code === 0 ? '' : whole.stderr]).toEqual([0, ''])
    expect(whole.stdout).toContain(`Session ${name.split('-')[0] ?? ''}`)
    expect(whole.stdout).toContain(`[grant ${grant}]`)
    expect(whole.stdout).toContain('REFUSED')
    // Of a long session, a replay shows the first terminals, and says how to see another one.
    const one = await kubectl('approver', ['certify', 'replay', name, `--audit-id=${stream}`])
    expect([one.code, one.stderr]).toEqual([0, ''])
    expect(one.stdout).toContain(`[grant ${grant}]`)
    expect(one.stdout).toContain(`| ${word}`)
    const cast = await kubectl('approver', ['get', '--raw', `/apis/jit.access/v1/accesssessions/${name}/recording?stream=${stream}`])
    const [header = '', ...frames] = cast.stdout.trim().split('\n')
    expect(JSON.parse(header)).toMatchObject({ version: 2, command: `echo ${word}` })
    // Masking passes on what it has searched, so a word can come in two pieces.
    expect(frames.map((frame) => (JSON.parse(frame) as readonly string[])[2]).join('')).toContain(word)
  })

  it('is not watched: kubectl says that the method is not allowed', async () => {
    const { code, stderr } = await kubectl('admin', ['get', 'accesssessions', '-w', '--request-timeout=100s'])
    expect(code).not.toBe(0)
    expect(stderr).toContain('the server does not allow this method on the requested resource')
  })

  it('is seen by its agent through the gateway, and by nobody who may not certify', async () => {
    const { items } = await json<{ readonly items: readonly AccessSession[] }>('agent', ['get', 'accesssessions', '-o', 'json'])
    expect(items.map(({ metadata }) => metadata.name)).toContain(name)
    expect(new Set(items.map(({ spec }) => spec.username)).size).toBe(1)
    const developer = await kubectl('developer', ['get', 'accesssession', name])
    expect(developer.code).not.toBe(0)
    expect(developer.stderr).not.toContain(word)
  })
})
