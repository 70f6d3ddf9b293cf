import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { checkAdmission } from '../../../cli/doctor/admission.ts'
import { createCluster } from '../../../cli/doctor/visible-cluster.ts'
import { KubectlError } from '../../../cli/kubectl/kubectl-error.ts'
import type { Kubectl } from '../../../cli/kubectl/kubectl.ts'
import { ADMISSION_LOCKS, lockPath, type AdmissionLock } from '../../../domain/admission-lock.ts'
import { governedExpression } from '../../../domain/policy/governed-expression.ts'
import { AGENTS_CEL } from '../../../domain/policy/never-governed.ts'
import { manifestsIn } from '../../manifest/overlay.ts'

type Objects = Map<string, object | Error>
const WEBHOOK = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/jit-access'
const NAMES = '/api/v1/namespaces/jit-system/configmaps/jit-access-governed'
const POLICIES = '/apis/jit.access/v1/accesspolicies'
const NEVER = lockPath({ kind: 'ValidatingAdmissionPolicy', name: 'jit-access-never' })

const shipped = ['admission-policy', 'parts-policy', 'webhook'].flatMap((file) => manifestsIn(readFileSync(`kustomize/base/${file}.yaml`, 'utf8')))
const spec = {
  subjects: [
    { kind: 'Group', name: 'oidc:agents' },
    { kind: 'ServiceAccount', namespace: 'ci', name: 'bot' },
  ],
}
const SUBJECTS = `'oidc:agents', 'system:serviceaccount:ci:bot'`

const GOVERNED = governedExpression({ users: ['system:serviceaccount:ci:bot'], groups: ['oidc:agents'] })

/** The shipped objects after the webhook has written the names of policy subjects. */
function sound(): Objects {
  const objects: Objects = new Map()
  for (const object of shipped)
    if (object.kind.startsWith('ValidatingAdmissionPolicy'))
      objects.set(lockPath({ kind: object.kind as AdmissionLock['kind'], name: object.metadata.name }), object)
  const [configuration] = shipped.filter(({ kind }) => kind === 'ValidatingWebhookConfiguration')
  const [webhook] = (configuration as unknown as { readonly webhooks: readonly [object] }).webhooks
  const matchConditions = [{ name: 'governed', expression: GOVERNED }]
  objects.set(WEBHOOK, { webhooks: [{ ...webhook, clientConfig: { caBundle: 'x' }, matchConditions }] })
  objects.set(NAMES, { data: { users: 'system:serviceaccount:ci:bot', groups: 'oidc:agents' } })
  objects.set(POLICIES, { items: [{ metadata: { name: 'p' }, spec }] })
  return objects
}

async function examine(objects: Objects): Promise<{ readonly bad: readonly string[]; readonly unknown: readonly string[] }> {
  const get = (path: string): Promise<unknown> => {
    const found = objects.get(path) ?? new KubectlError('NotFound', 'no')
    return found instanceof Error ? Promise.reject(found) : Promise.resolve(found)
  }
  const findings = await checkAdmission(createCluster({ get } as Kubectl))
  const of = (verdict: string): readonly string[] => findings.filter((finding) => finding.verdict === verdict).map(({ message }) => message)
  return { bad: of('bad'), unknown: of('unknown') }
}

it.each([
  ['unreadable', new KubectlError('Forbidden', 'not for you')],
  ['unknown to the server', new KubectlError('NotFound', 'no')],
])('claims nothing about the subjects of policies that are %s', async (_, error) => {
  const { bad, unknown } = await examine(sound().set(POLICIES, error))
  expect(bad).toEqual([])
  expect(unknown).toEqual([expect.stringContaining('AccessPolicies'), expect.stringContaining('AccessPolicies')])
})

it('finds no problem in the shipped admission objects', async () => expect(await examine(sound())).toEqual({ bad: [], unknown: [] }))

const asking = (expression: string) => (objects: Objects) => {
  const { webhooks } = objects.get(WEBHOOK) as { readonly webhooks: readonly [object] }
  objects.set(WEBHOOK, { webhooks: [{ ...webhooks[0], matchConditions: [{ name: 'governed', expression }] }] })
}

it.each<readonly [string, RegExp, (objects: Objects) => unknown]>([
  ['a webhook that does not name all policy subjects', /the webhook does not name oidc:agents, system:serviceaccount:ci:bot/, asking(AGENTS_CEL)],
  ['a webhook with an inverted condition', /does not cover the gateway's agents/, asking(`!(${AGENTS_CEL}) || ${SUBJECTS} == ''`)],
  ['a webhook whose names are there but without effect', /does not cover the gateway's agents/, asking(`${GOVERNED} && false`)],
  [
    'an outdated ConfigMap of names',
    /jit-access-never does not name oidc:agents/,
    (objects) => objects.set(NAMES, { data: { users: 'system:serviceaccount:ci:bot' } }),
  ],
  ['a missing ConfigMap of names', /jit-access-never does not name oidc:agents, system:serviceaccount:ci:bot/, (objects) => objects.delete(NAMES)],
  [
    'an admission policy that was emptied',
    /ValidatingAdmissionPolicy jit-access-never was changed/,
    (objects) => objects.set(NEVER, { spec: { ...(objects.get(NEVER) as { readonly spec: object }).spec, validations: [{ expression: 'true' }] } }),
  ],
])('finds %s', async (_, expected, change) => {
  const objects = sound()
  change(objects)
  expect((await examine(objects)).bad.join('\n')).toMatch(expected)
})

it.each(ADMISSION_LOCKS.map((lock) => [`${lock.kind} ${lock.name}`, lock] as const))(
  'finds %s changed, missing or unreadable',
  async (what, lock) => {
    const objects = sound()
    objects.set(lockPath(lock), { spec: { validationActions: ['Warn'] } })
    expect((await examine(objects)).bad).toEqual([expect.stringContaining(`the ${what} was changed`)])
    objects.delete(lockPath(lock))
    expect((await examine(objects)).bad).toEqual([expect.stringContaining(`the ${what} is missing`)])
    objects.set(lockPath(lock), new KubectlError('Forbidden', 'no'))
    expect(await examine(objects)).toEqual({ bad: [], unknown: [expect.stringContaining(`${what} cannot be read`)] })
  },
)
