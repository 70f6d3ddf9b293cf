import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { certify } from '../../../cli/certify/certify.ts'
import { CERTIFY_FLAGS } from '../../../cli/certify/flags.ts'
import { rbacForKind, rbacForPolicy } from '../../../cli/policy-rbac/for-policy.ts'
import { parseFlags } from '../../../cli/terminal/parse-flags.ts'
import type { IO } from '../../../cli/terminal/io.ts'

const ROOT = join(import.meta.dirname, '../../..')

const never = (): never => {
  throw new Error('nothing is asked of the cluster')
}

function fixtureThatPrints(): { readonly io: IO; readonly printed: string[] } {
  const printed: string[] = []
  const io: IO = {
    clock: { nowMs: () => 0 },
    kubectl: { text: never, get: never } as unknown as IO['kubectl'],
    print: (text) => void printed.push(text),
    note: () => {},
    progress: () => {},
    ask: undefined,
    onInterrupt: never,
    read: never,
  }
  return { io, printed }
}

describe('kubectl certify policy-rbac', () => {
  it('prints the objects of the sample for a policy', async () => {
    const sample = parseAllDocuments(await readFile(join(ROOT, 'manifests/samples/policy-rbac.yaml'), 'utf8')).map(
      (document) => document.toJS() as object,
    )
    expect(rbacForPolicy('coding-agents', { isClassic: false })).toEqual(sample)
    const { io, printed } = fixtureThatPrints()
    expect(await certify(io, parseFlags(CERTIFY_FLAGS, ['policy-rbac', 'coding-agents']))).toBe(0)
    expect(parseAllDocuments(printed.join('')).map((document) => document.toJS() as object)).toEqual(sample)
  })
  it('prints a List with -o json, and no other format', async () => {
    const { io, printed } = fixtureThatPrints()
    expect(await certify(io, parseFlags(CERTIFY_FLAGS, ['policy-rbac', 'a', '-o', 'json']))).toBe(0)
    expect(JSON.parse(printed.join(''))).toEqual({ apiVersion: 'v1', kind: 'List', items: rbacForPolicy('a', { isClassic: false }) })
    await expect(certify(io, parseFlags(CERTIFY_FLAGS, ['policy-rbac', 'a', '-o', 'name']))).rejects.toThrow('must be one of yaml, json')
  })
  it('prints every read and write verb of a kind for the gateway and both groups, and no other kind', () => {
    const objects = rbacForKind('mine', { resource: 'widgets', group: 'example.com' }, { isClassic: false })
    expect(objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual(
      ['impersonator', 'baseline', 'elevated'].flatMap((part) => [
        `ClusterRole jit-${part}:mine:widgets.example.com`,
        `ClusterRoleBinding jit-${part}:mine:widgets.example.com`,
      ]),
    )
    const rules = objects.flatMap(
      ({ rules: of }) => (of ?? []) as readonly { readonly verbs: string[]; readonly apiGroups: string[]; readonly resources: string[] }[],
    )
    for (const rule of rules) expect(rule).toMatchObject({ apiGroups: ['example.com'], resources: ['widgets', 'widgets/status', 'widgets/scale'] })
    const [acts, reads, writes] = rules.map(({ verbs }) => verbs)
    expect(acts).toEqual([...(reads ?? []), ...(writes ?? [])].map((verb) => `impersonate-on:user-info:${verb}`))
    expect([...(reads ?? []), ...(writes ?? [])]).toEqual(['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'])
  })
  it('uses the names of kinds as given and refuses an invalid policy name', async () => {
    const { io, printed } = fixtureThatPrints()
    await certify(io, parseFlags(CERTIFY_FLAGS, ['policy-rbac', 'mine', '--resource=widgets.example.com', '--classic']))
    expect(printed.join('')).not.toContain('impersonate')
    expect(printed.join('')).toContain('jit.access:elevated:mine')
    for (const words of [[], ['a', 'b'], ['Not A Name'], ['x:y']])
      await expect(certify(io, { given: [], words: ['policy-rbac', ...words] })).rejects.toThrow(/policy|name/)
  })
})
