import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Agent, request } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findValue } from '../../hack/demo/canary.ts'
import { environment, kubectl, mintToken, startKubectl, uniqueName } from '../cluster/environment.ts'
import type { Ran } from '../cluster/run-program.ts'
import { expectWithinASecond, timed } from '../cluster/within-a-second.ts'

const namespace = uniqueName('gateway')
const value = `v-${randomBytes(18).toString('base64url')}`

async function admin(...args: readonly string[]): Promise<string> {
  const ran = await kubectl('admin', args)
  if (ran.code !== 0) throw new Error(ran.stderr)
  return ran.stdout
}
/** A read; of a watch, what it prints before it is interrupted. */
async function readAs(actor: 'admin' | 'agent', args: readonly string[]): Promise<Ran> {
  const running = await startKubectl(actor, ['-n', namespace, ...args])
  if (args.includes('--watch')) {
    await running.says('password:')
    running.interrupt()
  }
  return running.ended
}
const agent = (...args: readonly string[]): Promise<Ran> => kubectl('agent', ['-n', namespace, ...args])
const holds = (text: string, secret: string): boolean => findValue(Buffer.from(text), Buffer.from(secret)) !== undefined
const shows = ({ stdout, stderr }: Ran): boolean => holds(stdout + stderr, value)

/** Requests and certifies a grant for the agent with the commands that users run. Returns its name. */
async function granted(args: readonly string[]): Promise<string> {
  const asked = await kubectl('agent', [
    'create',
    'accessrequest',
    ...args,
    `--namespace=${namespace}`,
    `--reason=${uniqueName('test')}`,
    '-o',
    'name',
  ])
  const name = /accessrequest[^/]*\/(\S+)/.exec(asked.stdout + asked.stderr)?.[1] ?? ''
  const certified = await kubectl('approver', ['certify', 'approve', name])
  expect(certified.code, certified.stderr).toBe(0)
  const grant = await admin('get', 'accessrequest', name, '-o', 'jsonpath={.status.grantName}')
  return grant
}

/** Opens a watch with the agent's token. Resolves when it has begun, to a function that reads it to its end. */
async function openWatch(path: string): Promise<() => Promise<string>> {
  const { gateway } = await environment()
  const dispatcher = new Agent({ connect: { ca: await readFile(gateway.caFile) }, allowH2: false })
  const token = await mintToken({ user: 'agent', audience: 'jit-gateway' })
  const { body } = await request(`${gateway.url}${path}`, { dispatcher, headers: { authorization: `Bearer ${token}` } })
  return async () => {
    const text = await body.text()
    await dispatcher.close()
    return text
  }
}

/** Sends one request with the agent's token directly, without kubectl. */
async function raw(method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly text: string }> {
  const { gateway } = await environment()
  const dispatcher = new Agent({ connect: { ca: await readFile(gateway.caFile) }, allowH2: false })
  const token = await mintToken({ user: 'agent', audience: 'jit-gateway' })
  const answer = await request(`${gateway.url}${path}`, {
    method,
    dispatcher,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/merge-patch+json' },
    body: body === undefined ? null : JSON.stringify(body),
  })
  const text = await answer.body.text()
  await dispatcher.close()
  return { status: answer.statusCode, text }
}

beforeAll(async () => {
  await admin('create', 'namespace', namespace)
  await admin('-n', namespace, 'create', 'secret', 'generic', 'db', `--from-literal=password=${value}`)
  await admin('-n', namespace, 'create', 'configmap', 'copy', `--from-literal=password=${value}`)
})
afterAll(() => admin('delete', 'namespace', namespace, '--wait=false'))

describe('the agent', () => {
  it.each([
    ['YAML', ['get', 'secret', 'db', '-o', 'yaml']],
    ['a template', ['get', 'secret', 'db', '-o', 'jsonpath={.data.password}']],
    ['a list', ['get', 'secrets', '-o', 'json']],
    ['a table', ['get', 'secrets']],
    ['a mixed list', ['get', 'secrets,configmaps', '-o', 'yaml']],
    ['a copy in a ConfigMap', ['get', 'configmap', 'copy', '-o', 'yaml']],
    ['a description', ['describe', 'secret', 'db']],
    ['a watch', ['get', 'secrets', '--watch', '-o', 'yaml']],
    ['a raw path', ['get', '--raw', `/api/v1/namespaces/${namespace}/secrets/db`]],
  ])('reads %s without the value', async (_, args) => {
    const [direct, seen] = await Promise.all([readAs('admin', args), readAs('agent', args)])
    expect(seen.stdout.length).toBeGreaterThan(0)
    expect(direct.stdout.length).toBeGreaterThan(0)
    expect(shows(seen)).toBe(false)
  })

  it('does not read a value that was created a moment ago', async () => {
    const fresh = `v-${randomBytes(18).toString('base64url')}`
    const name = uniqueName('fresh')
    await admin('-n', namespace, 'create', 'secret', 'generic', name, `--from-literal=password=${fresh}`)
    await admin('-n', namespace, 'create', 'configmap', name, `--from-literal=password=${fresh}`)
    const seen = await raw('GET', `/api/v1/namespaces/${namespace}/configmaps/${name}`)
    expect(seen.status).toBe(200)
    expect(holds(seen.text, fresh)).toBe(false)
  })

  it('is refused a write, with the command that requests it', async () => {
    const refused = await agent('create', 'configmap', 'mine')
    expect(refused.code).not.toBe(0)
    expect(refused.stderr).toContain(`kubectl create accessrequest --verb=create --resource=configmaps --namespace=${namespace}`)
  })

  it('applies a masked Secret back without changing a value', async () => {
    await granted(['--verb=patch', '--resource=secrets', '--name=db'])
    const read = await agent('get', 'secret', 'db', '-o', 'yaml')
    const applied = await kubectl('agent', ['apply', '-f', '-'], { input: read.stdout })
    expect(applied.code, applied.stderr).toBe(0)
    expect(shows(applied)).toBe(false)
    const stored = await admin('-n', namespace, 'get', 'secret', 'db', '-o', 'jsonpath={.data.password}')
    expect(Buffer.from(stored, 'base64').toString()).toBe(value)
  })

  it('uses a grant with one use once, even with concurrent requests', async () => {
    await granted(['--verb=patch', '--resource=configmaps', '--name=copy', '--uses=1'])
    const path = `/api/v1/namespaces/${namespace}/configmaps/copy`
    const tries = await Promise.all(
      Array.from({ length: 20 }, (_, index) => raw('PATCH', path, { metadata: { labels: { [`try-${index}`]: 'yes' } } })),
    )
    expect(tries.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(tries.filter(({ status }) => status === 403)).toHaveLength(19)
    const labels = await admin('-n', namespace, 'get', 'configmap', 'copy', '-o', 'jsonpath={.metadata.labels}')
    expect(Object.keys(JSON.parse(labels) as object)).toHaveLength(1)
  })

  it('sees a key that a grant reveals, until the grant is revoked', async () => {
    const grant = await granted([`--reveal=${namespace}/db:password`])
    const seen = await agent('get', 'secret', 'db', '-o', 'jsonpath={.data.password}')
    expect(Buffer.from(seen.stdout, 'base64').toString()).toBe(value)
    expect((await kubectl('approver', ['certify', 'revoke', grant, '--reason=enough'])).code).toBe(0)
    expect(shows(await agent('get', 'secret', 'db', '-o', 'yaml'))).toBe(false)
  })

  it('loses a followed watch within a second of the revocation', async () => {
    await expectWithinASecond(async () => {
      const grant = await granted(['--verb=watch', '--resource=configmaps'])
      const watching = await openWatch(`/api/v1/namespaces/${namespace}/configmaps?watch=true&timeoutSeconds=300`)
      const cause = await timed(() => kubectl('approver', ['certify', 'revoke', grant, '--reason=enough']))
      const effect = await timed(async () => expect(await watching()).toContain('revoked'))
      return { cause, effect }
    })
  })
})

it('impersonation and tokens of other users are refused', async () => {
  expect((await kubectl('agent', ['get', 'pods', '--as=admin'])).stderr).toContain('impersonation')
  const { gateway } = await environment()
  const dispatcher = new Agent({ connect: { ca: await readFile(gateway.caFile) } })
  for (const order of [
    { user: 'agent', audience: 'kubernetes' },
    { user: 'agent', audience: 'jit-gateway', ttl: '-60' },
  ]) {
    const { statusCode, body } = await request(`${gateway.url}/api`, { dispatcher, headers: { authorization: `Bearer ${await mintToken(order)}` } })
    await body.dump()
    expect(statusCode).toBe(401)
  }
  await dispatcher.close()
})
