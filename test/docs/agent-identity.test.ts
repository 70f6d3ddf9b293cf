import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { ROOT } from '../manifest/overlay.ts'

const blocks = [...readFileSync(join(ROOT, 'docs/how-to/agent-identity.md'), 'utf8').matchAll(/```yaml\n([^]*?)```/g)].map(
  ([, yaml = '']) => parse(yaml) as { readonly kind: string },
)
const ofKind = (kind: string): unknown => blocks.find((block) => block.kind === kind)

type Pod = {
  readonly spec: {
    readonly automountServiceAccountToken: boolean
    readonly containers: readonly { readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[] }[]
    readonly volumes: readonly {
      readonly name: string
      readonly projected?: { readonly sources: readonly { readonly serviceAccountToken: { readonly audience: string; readonly path: string } }[] }
    }[]
  }
}
type Kubeconfig = {
  readonly clusters: readonly { readonly cluster: { readonly server: string } }[]
  readonly users: readonly { readonly user: { readonly tokenFile: string } }[]
}

it('the Pod of the page mounts the token that the kubeconfig of the page reads, for the audience of the shipped gateway', () => {
  const { spec } = ofKind('Pod') as Pod
  const volume = spec.volumes.find(({ projected }) => projected !== undefined)
  const token = volume?.projected?.sources[0]?.serviceAccountToken
  const mount = spec.containers[0]?.volumeMounts.find(({ name }) => name === volume?.name)
  expect(`${mount?.mountPath}/${token?.path}`).toBe((ofKind('Config') as Kubeconfig).users[0]?.user.tokenFile)
  const gateway = parse(readFileSync(join(ROOT, 'kustomize/base/config/gateway.yaml'), 'utf8')) as {
    readonly serviceAccountTokens: { readonly audiences: readonly string[] }
  }
  expect(gateway.serviceAccountTokens.audiences).toContain(token?.audience)
  expect(spec.automountServiceAccountToken).toBe(false)
})
it('the kubeconfig of the page names a host that the certificate of the gateway has', () => {
  const host = new URL((ofKind('Config') as Kubeconfig).clusters[0]?.cluster.server ?? '').hostname
  expect(readFileSync(join(ROOT, 'kustomize/components/cert-manager/certificates.yaml'), 'utf8')).toContain(`- ${host}\n`)
})
