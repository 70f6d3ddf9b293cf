import { hash, randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { environment, kubectl, uniqueName } from '../../cluster/environment.ts'
import { runProgram, startProgram, type Program } from '../../cluster/run-program.ts'
import { expectWithinASecond, timed } from '../../cluster/within-a-second.ts'
import { until } from '../../until.ts'

/** exec over each protocol that kubectl speaks. */
const TRANSPORTS = { WebSocket: 'true', SPDY: 'false' } as const
/** For 30 MB on a busy machine. */
const STREAM_SECONDS = 280
const STREAM_TEST = { timeout: 600_000 }
const grant = uniqueName('streams')
let pod = ''
let secret = ''
let folder = ''

const RULE = { verbs: ['create'], apiGroups: [''], namespaces: ['shop'] } as const

async function approve(name: string, spec: object): Promise<void> {
  const request = { apiVersion: 'jit.access/v1', kind: 'AccessRequest', metadata: { name }, spec }
  expect(await kubectl('agent', ['create', '-f', '-'], { input: JSON.stringify(request) })).toMatchObject({ code: 0 })
  expect(await kubectl('approver', ['certify', 'approve', name])).toMatchObject({ code: 0 })
}

/** Runs kubectl as the agent over the given transport. Resolves when it exits. */
async function agent(args: readonly string[], { webSockets = 'true' }: { readonly webSockets?: string } = {}): Promise<Program> {
  const { binDir, kubeconfigs } = await environment()
  return startProgram('kubectl', args, {
    env: {
      PATH: `${binDir}:${process.env['PATH'] ?? ''}`,
      KUBECONFIG: kubeconfigs.agent,
      KUBECTL_REMOTE_COMMAND_WEBSOCKETS: webSockets,
      KUBECTL_PORT_FORWARD_WEBSOCKETS: webSockets,
    },
    seconds: STREAM_SECONDS,
  })
}

async function run(
  args: readonly string[],
  { input, ...options }: { readonly webSockets?: string; readonly input?: string } = {},
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const running = await agent(args, options)
  if (input !== undefined) running.write(input)
  if (input !== undefined) running.endInput()
  const { code, stdout, stderr } = await running.ended
  return { code, stdout, stderr }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'streams-'))
  await approve(grant, { durationSeconds: 3600, rules: [{ ...RULE, resources: ['pods/exec', 'pods/attach', 'pods/portforward'] }] })
  pod = (await kubectl('admin', ['-n', 'shop', 'get', 'pods', '-l', 'app=web', '-o', 'jsonpath={.items[0].metadata.name}'])).stdout
  const encoded = await kubectl('admin', ['-n', 'shop', 'get', 'secret', 'db', '-o', 'jsonpath={.data.password}'])
  secret = Buffer.from(encoded.stdout, 'base64').toString()
  expect(secret.length).toBeGreaterThan(8)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe.each(Object.entries(TRANSPORTS))('through the gateway over %s', (_, webSockets) => {
  it('exec separates stdout, stderr and the exit code', async () => {
    const ran = await run(['-n', 'shop', 'exec', pod, '--', 'sh', '-c', 'echo out; echo err >&2; exit 3'], { webSockets })
    expect(ran).toEqual({ code: 3, stdout: 'out\n', stderr: 'err\ncommand terminated with exit code 3\n' })
  })

  it('exec passes stdin and its end of file', async () => {
    const ran = await run(['-n', 'shop', 'exec', '-i', pod, '--', 'sh', '-c', 'tr a-z A-Z; echo done'], { webSockets, input: 'one\ntwo\n' })
    expect(ran).toEqual({ code: 0, stdout: 'ONE\nTWO\ndone\n', stderr: '' })
  })

  it('exec masks the value of a Secret, plain, in base64 and in hex', async () => {
    const script = 'cat /etc/db/password; echo; base64 < /etc/db/password; cat /etc/db/password >&2; od -An -v -tx1 /etc/db/password | tr -d " \\n"'
    const { code, stdout, stderr } = await run(['-n', 'shop', 'exec', pod, '--', 'sh', '-c', script], { webSockets })
    expect(code).toBe(0)
    const forms = [secret, Buffer.from(secret).toString('base64').slice(2, -4), Buffer.from(secret).toString('hex')]
    for (const form of forms) expect(`${stdout}${stderr}`).not.toContain(form)
    // A mask has the length of the value.
    const mask = '[jit.access/masked]'.padEnd(secret.length, '*').slice(0, secret.length)
    expect(stdout.startsWith(`${mask}\n`)).toBe(true)
    expect(stderr).toBe(mask)
  })

  it('exec shows all of 30 MB that arrive faster than they can be masked and recorded', STREAM_TEST, async () => {
    const line = 'a line of a log, as long as lines are\n'
    const whole = line.repeat(Math.ceil(30_000_000 / line.length)).slice(0, 30_000_000)
    const ran = await run(['-n', 'shop', 'exec', pod, '--', 'sh', '-c', `yes '${line.trim()}' | head -c ${whole.length}`], { webSockets })
    // Compares no texts, since a diff of 30 MB is not readable.
    expect({ code: ran.code, stderr: ran.stderr, length: ran.stdout.length, hash: hash('sha256', ran.stdout) }).toEqual({
      code: 0,
      stderr: '',
      length: whole.length,
      hash: hash('sha256', whole),
    })
  })

  it('kubectl cp copies 30 MB of random bytes to the pod and back', STREAM_TEST, async () => {
    const [there, back] = [join(folder, 'there'), join(folder, 'back')]
    const bytes = randomBytes(30_000_000)
    await writeFile(there, bytes)
    const path = `/tmp/${uniqueName('cp')}`
    expect(await run(['-n', 'shop', 'cp', there, `${pod}:${path}`], { webSockets })).toMatchObject({ code: 0 })
    expect(await run(['-n', 'shop', 'cp', `${pod}:${path}`, back], { webSockets })).toMatchObject({ code: 0 })
    expect((await readFile(back)).equals(bytes)).toBe(true)
    await run(['-n', 'shop', 'exec', pod, '--', 'rm', path])
  })

  it('exec ends at once with a reason when the grant is revoked', async () => {
    await expectWithinASecond(async () => {
      const name = uniqueName('revoked')
      // If several grants match, the gateway uses the one that expires first.
      await approve(name, { durationSeconds: 300, rules: [{ ...RULE, resources: ['pods/exec'], resourceNames: [pod] }] })
      const shell = await agent(['-n', 'shop', 'exec', '-i', pod, '--', 'sh'], { webSockets })
      shell.write('echo inside-$((40+2))\n')
      await shell.says('inside-42')
      const cause = await timed(() => kubectl('approver', ['certify', 'revoke', name, '--reason=enough seen']))
      const effect = await timed(() => shell.ended)
      const { code, stderr } = await shell.ended
      expect({ code, stderr }).toEqual({ code: 1, stderr: 'error: the gateway has ended this stream: its grant was revoked, or a policy changed\n' })
      return { cause, effect }
    })
  })
})

it('records the masked data of a stream and how it ended', async () => {
  const word = uniqueName('word')
  await run(['-n', 'shop', 'exec', pod, '--', 'sh', '-c', `echo ${word}; cat /etc/db/password`])
  const { recordsDir } = await environment()
  // Finds the stream by its command: output may come in pieces, and kubectl may exit before the closing record is written.
  const { own, all } = await until('the stream and its end are recorded', async () => {
    const { stdout } = await runProgram('sh', ['-c', `cat ${recordsDir}/*.jsonl`])
    const events = stdout
      .split('\n')
      .slice(0, -1) // what follows the last line break is still being written
      .filter((line) => line.includes('"stream.'))
      .map((line) => JSON.parse(line) as { readonly event: string; readonly auditID: string; readonly [field: string]: unknown })
    const opened = events.find((event) => event.event === 'stream.opened' && JSON.stringify(event).includes(word))
    const found = events.filter(({ auditID }) => auditID === opened?.auditID)
    return found.at(-1)?.event === 'stream.closed' && { own: found, all: stdout }
  })
  expect(own.map(({ event }) => event).filter((event) => event !== 'stream.data')).toEqual(['stream.opened', 'stream.closed'])
  expect(own.at(-1)).toMatchObject({ reason: 'completed', exitCode: 0 })
  expect(own.flatMap(({ data }) => (typeof data === 'string' ? [data] : [])).join('')).toBe(
    `${word}\n${'[jit.access/masked]'.padEnd(secret.length, '*').slice(0, secret.length)}`,
  )
  expect(all).not.toContain(secret)
})
