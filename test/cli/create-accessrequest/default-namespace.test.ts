import { expect, it } from 'vitest'
import { defaultNamespaceOf } from '../../../cli/create-accessrequest/default-namespace.ts'
import { KubectlError } from '../../../cli/kubectl/kubectl-error.ts'
import { KUBECTL_FLAGS, passedOn } from '../../../cli/kubectl/kubectl-flags.ts'
import { CREATE_FLAGS } from '../../../cli/create-accessrequest/flags.ts'
import { CERTIFY_FLAGS } from '../../../cli/certify/flags.ts'
import { parseFlags } from '../../../cli/terminal/parse-flags.ts'
import type { IO } from '../../../cli/terminal/io.ts'

const NO_CONTEXT = 'error: current-context must exist in order to minify'
function io(context: string | Error, pod?: string) {
  const asked: string[] = []
  const made = {
    kubectl: {
      text: (args: readonly string[]) => {
        asked.push(args.join(' '))
        return typeof context === 'string' ? Promise.resolve(context) : Promise.reject(context)
      },
    },
    read: () => (pod === undefined ? Promise.reject(new Error('no such file')) : Promise.resolve(pod)),
  } as unknown as IO
  return { made, asked }
}

it.each([
  ['the context sets one', 'shop\n', 'pods', 'shop'],
  ['the context sets none, in a pod', '', 'pods\n', 'pods'],
  ['the context sets none', '', undefined, 'default'],
  ['there is no context', new KubectlError('Unknown', NO_CONTEXT), undefined, 'default'],
  ['there is no context, in a pod', new KubectlError('Unknown', NO_CONTEXT), 'pods', 'pods'],
])('finds the default namespace when %s', async (_, context, pod, namespace) => {
  const { made, asked } = io(context, pod)
  const find = defaultNamespaceOf(made)
  expect([await find(), await find()]).toEqual([namespace, namespace])
  expect(asked).toHaveLength(1)
})
it('a context that does not exist is an error, not the default namespace', async () => {
  await expect(defaultNamespaceOf(io(new KubectlError('Unknown', 'error: cannot locate context x')).made)()).rejects.toThrow('cannot locate')
})

/** `kubectl options` of 1.37. */
const GLOBAL =
  'as as-group as-uid as-user-extra cache-dir certificate-authority client-certificate client-key cluster context disable-compression insecure-skip-tls-verify kubeconfig kuberc log-flush-frequency match-server-version password profile profile-output proxy-url request-timeout server tls-server-name token user username v vmodule warnings-as-errors'.split(
    ' ',
  )
it.each([
  ['create accessrequest', CREATE_FLAGS],
  ['certify', CERTIFY_FLAGS],
])('%s accepts every global kubectl flag and passes it on', (_, table) => {
  for (const name of GLOBAL) {
    const value = KUBECTL_FLAGS[name]?.kind === 'switch' ? 'true' : '1'
    expect(passedOn(parseFlags(table, ['a', `--${name}=${value}`]))).toEqual([`--${name}=${value}`])
  }
  for (const words of [['-v', '6'], ['-v6'], ['-v=6'], ['--v', '6']]) expect(passedOn(parseFlags(table, words))).toEqual(['--v=6'])
  expect(passedOn(parseFlags(table, ['-s', 'https://a']))).toEqual(['--server=https://a'])
})
