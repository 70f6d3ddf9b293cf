import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { expect, it } from 'vitest'
import { rbacForPolicy } from '../../cli/policy-rbac/for-policy.ts'
import { rendered, ROOT } from './overlay.ts'

const NAME = `apiVersion: v1
kind: ConfigMap
metadata:
  name: jit-policy
  annotations: { config.kubernetes.io/local-config: 'true' }
data: { name: my-agents }
`
const KUSTOMIZATION = `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [policy-name.yaml]
components: [../../components/policy-rbac]
`

const sorted = (objects: readonly { readonly kind: string; readonly metadata: { readonly name: string } }[]): readonly unknown[] =>
  objects.toSorted((left, right) => `${left.kind} ${left.metadata.name}`.localeCompare(`${right.kind} ${right.metadata.name}`))

it('components/policy-rbac renders the same as kubectl certify policy-rbac, for any policy name', async () => {
  // kustomize reads no component outside of its root, so create the folder where an admin would.
  const folder = await mkdtemp(join(ROOT, 'kustomize/overlays/test-'))
  try {
    await writeFile(join(folder, 'policy-name.yaml'), NAME)
    await writeFile(join(folder, 'kustomization.yaml'), KUSTOMIZATION)
    const expected = rbacForPolicy('my-agents', { isClassic: false })
    expect(sorted(await rendered(relative(ROOT, folder)))).toEqual(sorted(expected))
  } finally {
    await rm(folder, { recursive: true })
  }
})
