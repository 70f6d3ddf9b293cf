import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseKubectlError, toCommandError } from '../../../cli/kubectl/kubectl-error.ts'
import { until } from '../../until.ts'
import { createKubectl, programOf, type Kubectl } from '../../../cli/kubectl/kubectl.ts'

/** A fake kubectl whose output depends on the path. Everything but errors is tested with the real kubectl. */
const PROGRAM = `#!/bin/bash
case "$*" in
  *echo*) printf '%s' "{\\"args\\": \\"$*\\", \\"body\\": $(cat)}" ;;
  *refused*) echo 'Warning: old API' >&2; echo 'E1125 12:00:00.0 1 memcache.go:1] noise' >&2
    echo 'Error from server (Forbidden): accessrequests.jit.access "x" is forbidden: no' >&2; exit 1 ;;
  *prompts*) echo 'Warning: old API' >&2; echo 'To sign in, open https://login' >&2; read -r _ < "$0.answer"
    echo 'error: you may not' >&2; exit 1 ;;
  *waits*) echo 'To sign in, open https://login' >&2; read -r _ < "$0.answer"; echo '{}' ;;
  *garbage*) echo 'not json' ;;
  *endless*) exec yes '"é",' ;;
  *long*) yes '"é",' | head -c 70000000 ;;
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

describe('a kubectl call', () => {
  it("passes on the caller's flags, and the body through standard input", async () => {
    expect(await program(['--context=x', '--as=y']).replace('/echo', { a: 1 })).toEqual({
      args: 'replace --raw /echo -f - --context=x --as=y',
      body: { a: 1 },
    })
  })
  it('throws the reason of a refusal and passes on warnings', async () => {
    await expect(program().get('/refused')).rejects.toMatchObject({ reason: 'Forbidden', message: expect.stringMatching(/^accessrequests/) })
    expect(notes).toEqual(['Warning: old API'])
  })
  it('shows the log of kubectl only with -v', async () => {
    notes.length = 0
    await expect(program(['--v=6']).get('/refused')).rejects.toMatchObject({ message: expect.stringMatching(/^accessrequests/) })
    expect(notes).toEqual(['Warning: old API', 'E1125 12:00:00.0 1 memcache.go:1] noise'])
  })
  it('shows what a credential plugin asks while kubectl waits for the answer, and no error twice', async () => {
    const answer = join(dir, 'kubectl.answer')
    await promisify(execFile)('mkfifo', [answer])
    for (const [path, outcome] of [
      ['/waits', {}],
      ['/prompts', { reason: 'Unknown', message: 'you may not' }],
    ] as const) {
      notes.length = 0
      const ran = program()
        .get(path)
        .catch((error: unknown) => error)
      await until('the prompt is shown', () => notes.length > 0)
      await writeFile(answer, 'yes\n')
      expect(await ran).toMatchObject(outcome)
      expect(notes).toEqual(['To sign in, open https://login', ...(path === '/prompts' ? ['Warning: old API'] : [])])
    }
  })
  it('finds the error in a log of many lines', () => {
    const log = 'I1125 12:00:00.0 1 round_trippers.go:1] "Response" headers=<\n\tAudit-Id: a\n\tError from server (NotFound): no\n >\n'
    expect(parseKubectlError(`${log}Error from server (Forbidden): you may not\n${log}`)).toMatchObject({
      reason: 'Forbidden',
      message: 'you may not',
    })
  })
  it('reports a response that is not JSON', async () => {
    await expect(program().get('/garbage')).rejects.toMatchObject({ reason: 'Unknown' })
  })
  it('reports a response over 64 MiB in UTF-8, and never returns a part of it', async () => {
    await expect(program().get('/long')).rejects.toMatchObject({ reason: 'Unknown', message: expect.stringContaining('longer than 67108864') })
    await expect(program().text(['endless'], { partial: true })).rejects.toMatchObject({ reason: 'Unknown' })
  })
  it('reports a missing kubectl', async () => {
    const missing = createKubectl({ path: join(dir, 'kubectl-missing'), flags: [], note: () => undefined })
    await expect(missing.get('/echo')).rejects.toMatchObject({ reason: 'NoKubectl' })
  })
  it.each([
    [undefined, 'kubectl'],
    ['/usr/bin/kubectl', '/usr/bin/kubectl'],
    ['/usr/bin/kubectl1.29', '/usr/bin/kubectl1.29'],
    ['/opt/hyperkube', 'kubectl'],
    ['/bin/sh', 'kubectl'],
  ])('runs %s as %s: only a program named kubectl', (path, runs) => expect(programOf(path)).toBe(runs))
})

const events = async (path: string, stop?: AbortController): Promise<readonly unknown[]> => {
  const seen: unknown[] = []
  for await (const event of program(['--request-timeout=1s']).watch(path, (stop ?? new AbortController()).signal)) {
    seen.push(event)
    stop?.abort()
  }
  return seen
}

describe('a kubectl watch', () => {
  it('yields events until the server ends it', async () => expect(await events('/events')).toEqual([{ type: 'ADDED' }, { type: 'MODIFIED' }]))
  it('throws the error of kubectl when it fails', async () => expect(events('/broken')).rejects.toMatchObject({ reason: 'Unreachable' }))
  it('stops kubectl when its signal is aborted', async () => {
    expect(await events('/forever', new AbortController())).toEqual([{ type: 'ADDED' }])
  })
})

describe('an error message of kubectl', () => {
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
  ])('%j has reason %s and exit code %i', (text, reason, code) => {
    const error = parseKubectlError(text)
    expect(error.reason).toBe(reason)
    expect(toCommandError(error).code).toBe(code)
    expect(toCommandError(error).message).not.toBe('')
  })
  it('from a cluster without jit-access is explained', () => {
    const told = toCommandError(parseKubectlError('Error from server (NotFound): the server could not find the requested resource'))
    expect(told.message).toBe('this cluster does not serve jit.access/v1')
  })
  it('names the command that lists the objects of a kind after a name that does not exist', () => {
    const failure = toCommandError(parseKubectlError('Error from server (NotFound): accessgrants.jit.access "x" not found'))
    expect([failure.code, failure.next]).toEqual([1, 'list those that you can see: kubectl get accessgrants'])
    expect(toCommandError(parseKubectlError('Error from server (NotFound): pods "x" not found')).next).toBeUndefined()
  })
  it('cannot pass control characters of a server to the terminal', () => {
    expect(toCommandError(parseKubectlError('Error from server (Forbidden): \u001b[2Jno')).message).toBe('\\u001b[2Jno')
  })
})
