import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { remedyOf, shellWords } from '../../../cli/format/remedy.ts'
import { classify } from '../../../domain/classify/classify.ts'
import { commandFor } from '../../../domain/grant/access-request-command.ts'

const flags = ['--verb=patch', '--resource=deployments.apps', '--namespace=shop', '--name=web']
const line = `kubectl create accessrequest ${flags.join(' ')}`

describe('the command in a refusal', () => {
  it('is found in the output of kubectl', () => {
    expect(remedyOf(`Error from server (Forbidden): no live grant covers it. To ask for it:\n  ${line}\n`)).toEqual(flags)
  })
  it('is found in a Status, first in its causes, then in its message', () => {
    const status = { kind: 'Status', message: 'no line here', details: { causes: [{ reason: 'GrantRequired', message: line, field: 'command' }] } }
    expect(remedyOf(JSON.stringify(status))).toEqual(flags)
  })
  it.each(['', 'Error from server (NotFound): x', '{"kind":"Status","message":"no"}', '{"kind":"Pod"}'])('is missing in %j', (text) => {
    expect(() => remedyOf(text)).toThrow('no "kubectl create accessrequest')
  })
  it.each(['--kubeconfig=/tmp/evil', '--context=prod', '--token=x', '--as=admin', '-f=/etc/shadow', '--server=https://evil'])(
    'with %s is refused: it must not choose a credential, file or server',
    (flag) => expect(() => remedyOf(`${line} ${flag}`)).toThrow('does not describe a rule'),
  )
})

const info = (name: string) => ({
  isResourceRequest: true,
  path: '',
  verb: 'get',
  apiPrefix: 'api',
  apiGroup: '',
  apiVersion: 'v1',
  namespace: 'shop',
  resource: 'pods',
  subresource: '',
  name,
  parts: [],
})

it('the command in a refusal names the policy when several govern the agent', () => {
  const classified = classify(info('web'))
  expect(remedyOf(`  ${commandFor(classified, { policy: 'second', several: true })}`)).toContain('--policy=second')
  expect(commandFor(classified, { policy: 'only' })).not.toContain('--policy')
})

describe('shell words', () => {
  const word = fc.string({ unit: fc.oneof(fc.constantFrom("'", ' ', '\\', '"'), fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 1 })) })

  it('in a refusal are parsed as by a shell', () => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 20, maxLength: 60 }), (names) => {
        const commands = names.filter((name) => name !== '').map((name) => commandFor(classify(info(name))))
        // One shell for all: starting one takes longer than what it does.
        const script = commands.map((command) => `printf '%s\\0' ${command}; printf '\\n\\0'`).join('\n')
        const lines = execFileSync('bash', ['-c', script], { encoding: 'utf8' }).split('\0\n\0').slice(0, -1)
        expect(commands.map(shellWords)).toEqual(lines.map((each) => each.split('\0')))
      }),
      { numRuns: 5 },
    )
  })
  it('are not expanded', () => expect(shellWords('a $HOME `id` \'b c\' \\$x "y"')).toEqual(['a', '$HOME', '`id`', 'b c', '$x', '"y"']))
})
