import { describe, expect, it } from 'vitest'
import type { AccessRequest } from '../../../../domain/api/access-request.ts'
import { KubectlError } from '../../../../cli/kubectl/kubectl-error.ts'
import { grant } from '../../../domain/builders.ts'
import { fakeIO, type Answers } from '../../../fakes/io.ts'
import { approvedBy, requestOf } from '../../requests.ts'
import { runCreate } from '../../run-certify.ts'

const BASE = '/apis/jit.access/v1/accessrequests'
const NAMES = ['hold-0123456789abcdef0123-1', 'hold-fedcba98765432100123-2'] as const
const [ONE, TWO] = NAMES
const SERVER = { clusters: [{ cluster: { server: 'https://gateway:8443/clusters/east/', 'tls-server-name': 'gateway' } }] }

const held = (name: string): AccessRequest =>
  requestOf({
    name,
    spec: {
      operation: { method: 'DELETE', path: '/apis/apps/v1/namespaces/shop/deployments/web', digest: 'a'.repeat(64), summary: `delete of ${name}` },
    },
  })
const waits = (name: string, before = ''): string =>
  `Error from server (Forbidden): "oidc:agent" cannot delete x: it was only asked for, and nothing was done. accessrequest ${name} was filed${before} and waits: no approver has decided. To wait …`
const ALLOWED =
  'Error from server (Forbidden): "oidc:agent" cannot delete x here: it was only asked for, and nothing was done. accessgrant g1 covers it until 2026-11-25T12:30:00.000Z: run the command itself'

/** A gateway at which kubectl prints this. */
function gateway(stderr: string, code = 1, more: Answers = {}) {
  const ran: string[][] = []
  const io = fakeIO({
    'TEXT config': () => JSON.stringify(SERVER),
    ...Object.fromEntries(NAMES.map((name) => [`GET ${BASE}/${name}`, () => held(name)])),
    ...more,
  })
  Object.assign(io.kubectl, { command: (args: string[]) => (ran.push(args), Promise.resolve({ code, stderr })) })
  return { io, ran }
}
const DELETE = ['kubectl', 'delete', 'deploy/web', '-n', 'shop'] as const
const serverOf = (args: readonly string[] = []): string => args.find((arg) => arg.startsWith('--server='))?.slice('--server='.length) ?? ''

describe('--for -- kubectl', () => {
  it('runs exactly this command below /ask, and says what to type next', async () => {
    const { io, ran } = gateway(waits(ONE))
    expect(await runCreate(io, ['--for', '--', ...DELETE])).toBe(0)
    expect(ran).toEqual([['delete', 'deploy/web', '-n', 'shop', '--server=https://gateway:8443/ask/clusters/east', '--tls-server-name=gateway']])
    expect(io.printed()).toBe(`accessrequest.jit.access/${ONE} created: delete of ${ONE}\n`)
    expect(io.noted()).toContain(`kubectl wait --for=condition=Approved accessrequest/${ONE} --timeout=1800s\n`)
    expect(io.noted()).toContain('then run, once:\n  kubectl delete deploy/web -n shop\n')
  })
  it('carries what the requester says in the path', async () => {
    const { io, ran } = gateway(waits(ONE))
    await runCreate(io, ['--reason=why', '--ticket=T-1', '--duration=5m', '--agent-task=tidy', '--for', '--', ...DELETE])
    const [, words = ''] = /^https:\/\/gateway:8443\/ask\/spec\/([\w-]+)\/clusters\/east$/.exec(serverOf(ran[0])) ?? []
    expect(JSON.parse(Buffer.from(words, 'base64url').toString())).toEqual({
      reason: 'why',
      ticket: 'T-1',
      durationSeconds: 300,
      agent: { task: 'tidy' },
    })
  })
  it.each([[['-n', 'shop']], [['-n=shop']], [['-nshop']], [['--namespace', 'shop']], [['--v=6', '--namespace=shop']]])(
    'takes flags in front of the command: %j',
    async (flags) => {
      const { io, ran } = gateway(waits(ONE))
      expect(await runCreate(io, ['--for', '--', 'kubectl', ...flags, 'delete', 'deploy/web'])).toBe(0)
      expect(ran[0]?.slice(0, flags.length + 2)).toEqual([...flags, 'delete', 'deploy/web'])
    },
  )
  it('puts its flags before the command of an exec, and passes on the flags for kubectl', async () => {
    const { io, ran } = gateway(waits(ONE))
    await runCreate(io, ['--context=gw', '--for', '--', 'kubectl', 'exec', 'web', '--', 'sh', '-c', 'id -u'])
    const [args = []] = ran
    expect(args.slice(0, 3)).toEqual(['exec', 'web', '--context=gw'])
    expect(args.slice(-4)).toEqual(['--', 'sh', '-c', 'id -u'])
    expect(args.indexOf('--')).toBeGreaterThan(args.findIndex((arg) => arg.startsWith('--server=')))
    expect(io.noted()).toContain("kubectl exec web --context=gw -- sh -c 'id -u'\n")
  })
  it('does not print the token that it is given', async () => {
    const { io, ran } = gateway(waits(ONE))
    await runCreate(io, ['--token=s3cret', '--for', '--', ...DELETE])
    expect(ran[0]).toContain('--token=s3cret')
    expect(io.noted()).toContain('kubectl delete deploy/web -n shop --token=TOKEN\n')
    expect(io.printed() + io.noted()).not.toContain('s3cret')
  })
  it('names each of several requests, in each format', async () => {
    const stderr = `${waits(ONE)}\n${waits(TWO, ' before')}\n`
    const text = gateway(stderr)
    expect(await runCreate(text.io, ['--operation', '-f', 'x.yaml'])).toBe(0)
    expect(text.ran[0]?.slice(0, 3)).toEqual(['apply', '--server-side', '--filename=x.yaml'])
    expect(text.io.printed()).toBe(
      `accessrequest.jit.access/${ONE} created: delete of ${ONE}\naccessrequest.jit.access/${TWO} found: asked before: delete of ${TWO}\n`,
    )
    const names = gateway(stderr)
    await runCreate(names.io, ['--operation', '-f', 'x.yaml', '-o', 'name'])
    expect(names.io.printed()).toBe(NAMES.map((name) => `accessrequest.jit.access/${name}\n`).join(''))
    const json = gateway(stderr)
    await runCreate(json.io, ['--operation', '-f', 'x.yaml', '-o', 'json'])
    expect(JSON.parse(json.io.printed())).toMatchObject({ kind: 'List', items: NAMES.map((name) => ({ metadata: { name } })) })
  })
  it('says that an operation is allowed already, and files nothing', async () => {
    const { io } = gateway(ALLOWED)
    expect([await runCreate(io, ['--for', '--', ...DELETE]), io.printed()]).toEqual([0, ''])
    expect(io.noted()).toContain('accessgrant g1 covers it until 2026-11-25T12:30:00.000Z: run the command itself')
  })
  it.each([
    'Error from server (Forbidden): denied by policy "p"',
    'The Deployment "web" is invalid: spec.replicas: Invalid value: -1',
    'error: the path "y.yaml" does not exist',
    'Unable to connect to the server: EOF',
  ])('shows what else failed, and exits with 6: %s', async (error) => {
    const { io } = gateway(`${waits(ONE)}\n${error}\n`)
    expect(await runCreate(io, ['--for', '--', ...DELETE])).toBe(6)
    expect(io.noted()).toContain(error)
  })
  it.each([
    ['a refusal', { stderr: 'Error from server (Forbidden): denied by policy "p"', ends: 1, code: 6, says: 'denied by policy "p"' }],
    [
      'a server other than a gateway',
      { stderr: 'Error from server (NotFound): the server could not find the requested resource', ends: 1, code: 1, says: 'nothing was run' },
    ],
    ['a command that changes nothing', { stderr: '', ends: 0, code: 0, says: 'the command changes nothing that needs an approval' }],
  ])('says so for %s', async (_, { stderr, ends, code, says }) => {
    const { io } = gateway(stderr, ends)
    expect(await runCreate(io, ['--for', '--', ...DELETE])).toBe(code)
    expect(io.noted()).toContain(says)
  })
  it.each([
    ['without --', ['--for', ...DELETE]],
    ['with words before --', ['--for', 'mine', '--', ...DELETE]],
    ['of another program', ['--for', '--', 'helm', 'upgrade']],
    ['without a command', ['--for', '--', 'kubectl']],
    ['of a plugin', ['--for', '--', 'kubectl', 'neat']],
    ['of a plugin behind a flag', ['--for', '--', 'kubectl', '-n', 'delete', 'neat']],
    ['of a plugin of create', ['--for', '--', 'kubectl', 'create', 'accessrequest']],
    ['that chooses a server', ['--for', '--', ...DELETE, '--server=https://kubernetes']],
    ['that chooses a server shortly', ['--for', '--', ...DELETE, '-s', 'https://kubernetes']],
    ['that chooses a kubeconfig', ['--for', '--', ...DELETE, '--kubeconfig', 'x']],
    ['that chooses a user', ['--for', '--', ...DELETE, '--as=admin']],
    ['with a rule', ['--resource=pods', '--for', '--', ...DELETE]],
    ['with a key', ['--idempotency-key=k', '--for', '--', ...DELETE]],
    ['with uses', ['--uses=2', '--for', '--', ...DELETE]],
    ['as a dry run', ['--dry-run=server', '--for', '--', ...DELETE]],
    ['in two ways', ['--operation', '-f', 'x.yaml', '--for', '--', ...DELETE]],
    ['of a file with a name', ['mine', '--operation', '-f', 'x.yaml']],
    ['of no file', ['--operation']],
    ['of a file with another verb', ['--operation', '-f', 'x.yaml', '--verb=get']],
  ])('is wrong usage %s, and runs nothing', async (_, args) => {
    const { io, ran } = gateway(waits(ONE))
    expect([await runCreate(io, args), ran]).toEqual([2, []])
  })
  it('with --wait waits for the decision, and then says what to run', async () => {
    const approved = { ...held(ONE), status: { ...requestOf().status, ...approvedBy('x') } }
    const { io } = gateway(waits(ONE), 1, {
      [`WATCH ${BASE}`]: () => [{ type: 'MODIFIED', object: approved }],
      'GET /apis/jit.access/v1/accessgrants/ask': () => grant({ notBefore: '2026-11-25T11:00:00Z', expiresAt: '2026-11-25T13:00:00Z' }),
    })
    let reads = 0
    const get = io.kubectl.get.bind(io.kubectl)
    Object.assign(io.kubectl, { get: async (path: string) => (path.endsWith(ONE) && ++reads > 1 ? approved : await get(path)) })
    expect(await runCreate(io, ['--wait', '--for', '--', ...DELETE])).toBe(0)
    expect(io.printed()).toContain(`accessrequest.jit.access/${ONE} approved`)
    expect(io.noted()).toContain('now run, once:\n  kubectl delete deploy/web -n shop\n')
  })
})

/** A plugin that waits until Ctrl-C. */
const waiting = (replies?: readonly string[]) => {
  const io = fakeIO(
    {
      'TEXT config': () => JSON.stringify(SERVER),
      [`GET ${BASE}/${ONE}`]: () => held(ONE),
      [`WATCH ${BASE}`]: () => (io.interrupt(), []),
      [`POST ${BASE}/${ONE}/withdrawal`]: () => ({ ...held(ONE), status: { phase: 'Withdrawn' } }),
    },
    replies === undefined ? {} : { replies },
  )
  Object.assign(io.kubectl, { command: () => Promise.resolve({ code: 1, stderr: waits(ONE) }) })
  return io
}

describe('Ctrl-C while it waits', () => {
  const args = ['--wait', '--for', '--', ...DELETE]
  it('withdraws the request when the user says so', async () => {
    const io = waiting(['y'])
    expect(await runCreate(io, args)).toBe(4)
    expect(io.noted()).toContain('withdraw the request? [y/N]')
    expect(io.calls).toContain(`POST ${BASE}/${ONE}/withdrawal`)
    expect(io.noted()).toContain(`accessrequest.jit.access/${ONE} withdrawn\n`)
  })
  it.each([[['n']], [['']], [undefined]])('leaves it open on %j, and says how to withdraw it', async (replies) => {
    const io = waiting(replies)
    expect(await runCreate(io, args)).toBe(130)
    expect(io.calls).not.toContain(`POST ${BASE}/${ONE}/withdrawal`)
    expect(io.noted()).toContain(`to withdraw it: kubectl delete accessrequest ${ONE}`)
  })
})

it('a request for what is pending already finds that one', async () => {
  const io = fakeIO({
    'POST /apis/authentication.k8s.io/v1/selfsubjectreviews': () => ({ status: { userInfo: { username: 'oidc:agent' } } }),
    [`GET ${BASE}`]: () => ({ items: [] }),
    [`POST ${BASE}`]: () => {
      throw new KubectlError('AlreadyExists', 'x: you already ask for the same access with accessrequest "first", which waits for a decision')
    },
    [`GET ${BASE}/first`]: () => requestOf({ name: 'first' }),
  })
  const rule = ['--verb=patch', '--resource=deployments.apps/scale', '-n', 'shop', '--name=web']
  expect(await runCreate(io, [...rule, '--reason=in other words'])).toBe(0)
  expect(io.printed()).toContain('accessrequest.jit.access/first found: asked before\n')
})
