import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { certifyComplete } from '../../../cli/certify/certify.ts'
import { SCRIPTS } from '../../../cli/completion/scripts.ts'
import { fakeIO, type Answers } from '../../fakes/io.ts'
import { approvedBy, requestOf } from '../requests.ts'
import { runCertify } from '../run-certify.ts'

const BASE = '/apis/jit.access/v1'
const WORLD: Answers = {
  [`GET ${BASE}/accessrequests`]: () => ({
    items: [
      requestOf({ name: 'ask-one' }),
      requestOf({ name: 'ask-two' }),
      requestOf({ name: 'ask-decided', status: approvedBy('x') }),
      requestOf({ name: 'x\ty' }),
    ],
  }),
  [`GET ${BASE}/accesssuspensions`]: () => ({
    items: [
      { metadata: { name: 'suspend-a' }, spec: { reason: 'x' } },
      { metadata: { name: 'suspend-b' }, spec: { reason: 'x' }, status: { conditions: [{ type: 'Lifted', status: 'True' }] } },
    ],
  }),
  [`GET ${BASE}/accesspolicies`]: () => ({ items: [{ metadata: { name: 'coding-agents' }, spec: {} }] }),
}
const completed = async (args: readonly string[], fixture = WORLD) => {
  const io = fakeIO(fixture)
  await certifyComplete(io, args)
  const lines = io.printed().split('\n')
  return { words: lines.slice(0, -2).map((line) => line.split('\t')[0]), last: lines.at(-2) }
}

describe('completion', () => {
  it.each([
    [['rep'], ['replay']],
    [['show', 'ask-t'], ['ask-two']],
    [
      ['approve', 'ask-one', ''],
      ['ask-one', 'ask-two'],
    ],
    [
      ['approve', '--re'],
      ['--resource', '--reason', '--requester', '--request-timeout'],
    ],
    [['-o', 'j'], ['json']],
    [['history', '--policy', ''], ['coding-agents']],
    [['policy', ''], ['lint']],
    [['policy', 'lint', 'cod'], ['coding-agents']],
    [
      ['--context', 'x', 'completion', ''],
      ['bash', 'zsh', 'fish', 'kubectl'],
    ],
    [['who-can', 'ask-one', ''], []],
    [['no-such-command', ''], []],
    [['resume', ''], ['suspend-a']],
  ])('%j completes to %j', async (args, words) => {
    expect(await completed(args)).toEqual({ words, last: ':4' })
  })
  it('leaves files to the shell where a file is meant', async () => {
    expect((await completed(['verify', ''])).last).toBe(':0')
    expect((await completed(['explain', 'p', '-f', ''])).last).toBe(':0')
  })
  it('prints no error into the line that a person types', async () => {
    expect(await completed(['show', ''], {})).toEqual({ words: [], last: ':4' })
  })
})

describe('completion scripts', () => {
  it.each(Object.keys(SCRIPTS))('%s is printed', async (shell) => {
    const io = fakeIO()
    expect([await runCertify(io, ['completion', shell]), io.printed()]).toEqual([0, SCRIPTS[shell]])
  })
  it.each([[[]], [['tcsh']], [['bash', 'zsh']]])('%j is wrong usage', async (args) => {
    expect(await runCertify(fakeIO(), ['completion', ...args])).toBe(2)
  })
  it('bash asks the plugin for the words up to the cursor', async () => {
    const script = `${SCRIPTS['bash'] ?? ''}
kubectl-certify() { printf '%s\\n' "$*" >&3; printf 'ask-one\\tpatch it\\nask-two\\n:4\\n'; }
COMP_WORDS=(kubectl-certify show ask- later); COMP_CWORD=2
__kubectl_certify_complete 3>&1
printf '%s\\n' "\${COMPREPLY[@]}"`
    const { stdout } = await promisify(execFile)('bash', ['-c', script])
    expect(stdout.trim().split('\n')).toEqual(['__complete show ask-', 'ask-one', 'ask-two'])
  })
})
