import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseKubectlError, tellKubectlError } from '../../../cli/kubectl/kubectl-error.ts'
import { createKubectl, programOf, type Kubectl } from '../../../cli/kubectl/kubectl.ts'

/** A kubectl of which only the errors matter: it says what the path tells it to say. Everything else is tried on the real one. */
const PROGRAM = `#!/bin/bash
case "$*" in
  *echo*) printf '%s' "{\\"args\\": \\"$*\\", \\"body\\": $(cat)}" ;;
  *refused*) echo 'Warning: old API' >&2; echo 'E1125 12:00:00.0 1 memcache.go:1] noise' >&2
    echo 'Error from server (Forbidden): accessrequests.jit.access "x" is forbidden: no' >&2; exit 1 ;;
  *garbage*) echo 'not json' ;;
  *events*) echo '{"type":"ADDED"}'; echo '{"type":"MODIFIED"}' ;;
  *broken*) echo '{"type":"ADDED"}'; echo 'Unable to connect to the server: x' >&2; exit 1 ;;
  *forever*) echo '{"type":"ADDED"}'; exec sleep 60 ;;
esac
`
let dir: string
const notes: string[] = []
const program = (flags: readonly string[] = []): Kubectl => createKubectl({ path: join(dir, 'kubectl'), flags, note: (text) => notes.push(text) })
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jit-kubectl-'))
  await writeFile(join(dir, 'kubectl'), PROGRAM)
  await chmod(join(dir, 'kubectl'), 0o755)
})
afterAll(() => rm(dir, { recursive: true, force: true }))

describe('a call', () => {
  it("passes the caller's flags on, and the body by standard input", async () => {
    expect(await program(['--context=x', '--as=y']).replace('/echo', { a: 1 })).toEqual({
      args: 'replace --raw /echo -f - --context=x --as=y',
      body: { a: 1 },
    })
  })
  it('that is refused throws the reason, and warnings are passed on', async () => {
    await expect(program().get('/refused')).rejects.toMatchObject({ reason: 'Forbidden', message: expect.stringMatching(/^accessrequests/) })
    expect(notes).toEqual(['Warning: old API'])
  })
  it('shows what kubectl logs to whoever gave -v, and to nobody else', async () => {
    notes.length = 0
    await expect(program(['--v=6']).get('/refused')).rejects.toMatchObject({ message: expect.stringMatching(/^accessrequests/) })
    expect(notes).toEqual(['Warning: old API', 'E1125 12:00:00.0 1 memcache.go:1] noise'])
  })
  it('an error stands out of a log of many lines', () => {
    const log = 'I1125 12:00:00.0 1 round_trippers.go:1] "Response" headers=<\n\tAudit-Id: a\n\tError from server (NotFound): no\n >\n'
    expect(parseKubectlError(`${log}Error from server (Forbidden): you may not\n${log}`)).toMatchObject({
      reason: 'Forbidden',
      message: 'you may not',
    })
  })
  it('with an answer that is no JSON says so', async () => {
    await expect(program().get('/garbage')).rejects.toMatchObject({ reason: 'Unknown' })
  })
  it('without a kubectl says so', async () => {
    const missing = createKubectl({ path: join(dir, 'kubectl-missing'), flags: [], note: () => undefined })
    await expect(missing.get('/echo')).rejects.toMatchObject({ reason: 'NoKubectl' })
  })
  it.each([
    [undefined, 'kubectl'],
    ['/usr/bin/kubectl', '/usr/bin/kubectl'],
    ['/usr/bin/kubectl1.29', '/usr/bin/kubectl1.29'],
    ['/opt/hyperkube', 'kubectl'],
    ['/bin/sh', 'kubectl'],
  ])('runs %s as %s: only what is a kubectl', (path, runs) => expect(programOf(path)).toBe(runs))
})

const events = async (path: string, signal = new AbortController().signal): Promise<readonly unknown[]> => {
  const seen: unknown[] = []
  for await (const event of program(['--request-timeout=1s']).watch(path, signal)) seen.push(event)
  return seen
}

describe('a watch', () => {
  it('gives events until the server ends it', async () => expect(await events('/events')).toEqual([{ type: 'ADDED' }, { type: 'MODIFIED' }]))
  it('that breaks throws what kubectl said', async () => expect(events('/broken')).rejects.toMatchObject({ reason: 'Unreachable' }))
  it('ends with its signal, and kubectl with it', async () => {
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 300)
    expect(await events('/forever', stop.signal)).toEqual([{ type: 'ADDED' }])
  })
})

describe('what kubectl says', () => {
  it.each([
    ['Error from server (NotFound): accessrequests.jit.access "x" not found', 'NotFound', 1],
    ['Error from server (Conflict): Operation cannot be fulfilled', 'Conflict', 1],
    ['Error from server: boom', 'Unknown', 1],
    ['The AccessRequest "x" is invalid: spec.rules: Required value', 'Invalid', 6],
    ['error: You must be logged in to the server (Unauthorized)', 'Unauthorized', 1],
    ['The connection to the server localhost:1 was refused - did you specify the right host or port?', 'Unreachable', 1],
    ['Unable to connect to the server: dial tcp: lookup x', 'Unreachable', 1],
    ['error: context "x" does not exist', 'Unknown', 1],
    ['', 'Unknown', 1],
  ])('%j is %s and ends with %i', (text, reason, code) => {
    const error = parseKubectlError(text)
    expect(error.reason).toBe(reason)
    expect(tellKubectlError(error).code).toBe(code)
    expect(tellKubectlError(error).message).not.toBe('')
  })
  it('of a cluster without jit-access is told as that', () => {
    const told = tellKubectlError(parseKubectlError('Error from server (NotFound): the server could not find the requested resource'))
    expect(told.message).toBe('this cluster does not serve jit.access/v1')
  })
  it('cannot write to the terminal what a server put into it', () => {
    expect(tellKubectlError(parseKubectlError('Error from server (Forbidden): \u001b[2Jno')).message).toBe('\\u001b[2Jno')
  })
})
