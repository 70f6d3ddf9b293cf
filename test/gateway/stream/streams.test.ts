import { hash, randomBytes } from 'node:crypto'
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { environment, kubectl, uniqueName } from '../../cluster/environment.ts'
import { runProgram } from '../../cluster/run-program.ts'

/** exec over each protocol that kubectl speaks. */
const TRANSPORTS = { WebSocket: 'true', SPDY: 'false' } as const
const grant = uniqueName('streams')
let pod = ''
let secret = ''
let folder = ''

async function approve(name: string): Promise<void> {
  const request = {
    apiVersion: 'jit.access/v1',
    kind: 'AccessRequest',
    metadata: { name },
    spec: {
      durationSeconds: 600,
      rules: [{ verbs: ['create'], apiGroups: [''], resources: ['pods/exec', 'pods/attach', 'pods/portforward'], namespaces: ['shop'] }],
    },
  }
  expect(await kubectl('agent', ['create', '-f', '-'], { input: JSON.stringify(request) })).toMatchObject({ code: 0 })
  expect(await kubectl('approver', ['certify', 'approve', name])).toMatchObject({ code: 0 })
}

/** Runs kubectl as the agent over the given transport. Resolves when it exits. */
async function agent(args: readonly string[], options: { readonly webSockets?: string; readonly input?: string; readonly seconds?: number } = {}) {
  const { binDir, kubeconfigs } = await environment()
  const webSockets = options.webSockets ?? 'true'
  const child = spawn('kubectl', args, {
    env: {
      ...process.env,
      PATH: `${binDir}:${process.env['PATH'] ?? ''}`,
      KUBECONFIG: kubeconfigs.agent,
      KUBECTL_REMOTE_COMMAND_WEBSOCKETS: webSockets,
      KUBECTL_PORT_FORWARD_WEBSOCKETS: webSockets,
    },
  })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  if (options.input !== undefined) child.stdin.end(options.input)
  const timer = setTimeout(() => child.kill('SIGKILL'), (options.seconds ?? 30) * 1000)
  const ended = new Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>((resolve) =>
    child.once('close', (code) => {
      clearTimeout(timer)
      resolve({ code: code ?? -1, stdout, stderr })
    }),
  )
  const printed = async (text: string): Promise<void> => {
    for (let tries = 0; !stdout.includes(text); tries++) {
      if (tries > 200) throw new Error(`never printed ${text}: ${stdout}${stderr}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  return { ended, printed, write: (text: string) => void child.stdin.write(text) }
}

const run = async (...call: Parameters<typeof agent>) => (await agent(...call)).ended

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'streams-'))
  await approve(grant)
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

  it('exec shows all of 30 MB that arrive faster than they can be masked and recorded', async () => {
    const line = 'a line of a log, as long as lines are\n'
    const whole = line.repeat(Math.ceil(30_000_000 / line.length)).slice(0, 30_000_000)
    const ran = await run(['-n', 'shop', 'exec', pod, '--', 'sh', '-c', `yes '${line.trim()}' | head -c ${whole.length}`], {
      webSockets,
      seconds: 100,
    })
    // Compares no texts, since a diff of 30 MB is not readable.
    expect({ code: ran.code, length: ran.stdout.length, hash: hash('sha256', ran.stdout) }).toEqual({
      code: 0,
      length: whole.length,
      hash: hash('sha256', whole),
    })
  })

  it('kubectl cp copies 30 MB of random bytes to the pod and back', async () => {
    const [there, back] = [join(folder, 'there'), join(folder, 'back')]
    const bytes = randomBytes(30_000_000)
    await writeFile(there, bytes)
    const path = `/tmp/${uniqueName('cp')}`
    expect(await run(['-n', 'shop', 'cp', there, `${pod}:${path}`], { webSockets, seconds: 50 })).toMatchObject({ code: 0 })
    expect(await run(['-n', 'shop', 'cp', `${pod}:${path}`, back], { webSockets, seconds: 50 })).toMatchObject({ code: 0 })
    expect((await readFile(back)).equals(bytes)).toBe(true)
    await run(['-n', 'shop', 'exec', pod, '--', 'rm', path])
  })

  it('exec ends at once with a reason when the grant is revoked', async () => {
    const name = uniqueName('revoked')
    // If several grants match, the gateway uses the one that expires first.
    const request = {
      apiVersion: 'jit.access/v1',
      kind: 'AccessRequest',
      metadata: { name },
      spec: {
        durationSeconds: 60,
        rules: [{ verbs: ['create'], apiGroups: [''], resources: ['pods/exec'], namespaces: ['shop'], resourceNames: [pod] }],
      },
    }
    await kubectl('agent', ['create', '-f', '-'], { input: JSON.stringify(request) })
    await kubectl('approver', ['certify', 'approve', name])
    const shell = await agent(['-n', 'shop', 'exec', '-i', pod, '--', 'sh'], { webSockets })
    shell.write('echo inside-$((40+2))\n')
    await shell.printed('inside-42')
    await kubectl('approver', ['certify', 'revoke', name, '--reason=enough seen'])
    const at = performance.now()
    const { code, stderr } = await shell.ended
    expect(performance.now() - at).toBeLessThan(1_000)
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'error: the gateway has ended this stream: its grant was revoked, or a policy changed\n' })
  })
})

it('records the masked data of a stream and how it ended', async () => {
  const word = uniqueName('word')
  await run(['-n', 'shop', 'exec', pod, '--', 'sh', '-c', `echo ${word}; cat /etc/db/password`])
  const { recordsDir } = await environment()
  // Finds the stream by its command: output may come in pieces, and kubectl may exit before the closing record is written.
  const { own, all } = await vi.waitFor(
    async () => {
      const { stdout } = await runProgram('sh', ['-c', `cat ${recordsDir}/*.jsonl`])
      const events = stdout
        .split('\n')
        .filter((line) => line.includes('"stream.') && line.endsWith('}'))
        .map((line) => JSON.parse(line) as { readonly event: string; readonly auditID: string; readonly [field: string]: unknown })
      const opened = events.find((event) => event.event === 'stream.opened' && JSON.stringify(event).includes(word))
      const found = events.filter(({ auditID }) => auditID === opened?.auditID)
      expect(found.at(-1)?.event).toBe('stream.closed')
      return { own: found, all: stdout }
    },
    { timeout: 10_000 },
  )
  expect(own.map(({ event }) => event).filter((event) => event !== 'stream.data')).toEqual(['stream.opened', 'stream.closed'])
  expect(own.at(-1)).toMatchObject({ reason: 'completed', exitCode: 0 })
  expect(own.flatMap(({ data }) => (typeof data === 'string' ? [data] : [])).join('')).toBe(
    `${word}\n${'[jit.access/masked]'.padEnd(secret.length, '*').slice(0, secret.length)}`,
  )
  expect(all).not.toContain(secret)
})
