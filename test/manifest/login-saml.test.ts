import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { LocalKeycloak } from '../../hack/up/keycloak.ts'
import { overlayOf } from '../../hack/up/pods/overlay.ts'
import { readLoginConfig } from '../../login/config/read-config.ts'
import { ofKind, rendered, renderedWith, ROOT, type Manifest } from './overlay.ts'
import { rightsOf } from './rights.ts'

type Volume = { readonly name: string; readonly secret?: { readonly secretName: string; readonly defaultMode: number } }
type PodSpec = {
  readonly volumes: readonly Volume[]
  readonly containers: readonly {
    readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string; readonly readOnly: boolean }[]
  }[]
}

let alone: readonly Manifest[] = []
let withSaml: readonly Manifest[] = []
beforeAll(async () => {
  alone = await renderedWith('login')
  withSaml = await renderedWith('login', 'login-saml')
}, 600_000)

function podOf(manifests: readonly Manifest[]): PodSpec {
  const login = manifests.find(({ apiVersion, metadata }) => apiVersion === 'apps/v1' && metadata.name === 'jit-login') as Manifest
  return (login['spec'] as { readonly template: { readonly spec: PodSpec } }).template.spec
}

function configOf(manifests: readonly Manifest[]): string {
  const map = ofKind(manifests, 'ConfigMap').find(({ metadata }) => metadata.name.startsWith('jit-login-')) as Manifest
  return (map['data'] as { readonly 'config.yaml': string })['config.yaml']
}

it('the shipped configuration is accepted by login, and is the one that Pods get', async () => {
  const config = await readLoginConfig(join(ROOT, 'kustomize/components/login-saml/config.yaml'))
  expect(config.upstreams.map(({ saml }) => saml !== undefined)).toEqual([true])
  expect(parse(configOf(withSaml))).toEqual(config)
})

it('every key of the configuration is in a Secret that is mounted, read-only', () => {
  const { volumes, containers } = podOf(withSaml)
  const folders = (containers[0]?.volumeMounts ?? []).filter(({ readOnly }) => readOnly).map(({ name, mountPath }) => ({ name, mountPath }))
  const files = [...configOf(withSaml).matchAll(/\/etc\/jit-access\/saml\/[\w.-]+/g)].map(([file]) => file)
  expect(files.length).toBe(4)
  expect(folders).toContainEqual({ name: 'saml', mountPath: '/etc/jit-access/saml' })
  expect(volumes).toContainEqual({ name: 'saml', secret: { secretName: 'jit-login-saml', defaultMode: 0o440 } })
})

it('without it, login needs no Secret of SAML', () => {
  expect(JSON.stringify([podOf(alone), configOf(alone)])).not.toMatch(/saml/i)
})

it('it gives login no right, and lets it reach the metadata at the usual ports', () => {
  expect(rightsOf(withSaml, 'jit-login')).toEqual(rightsOf(alone, 'jit-login'))
  const policy = ofKind(withSaml, 'NetworkPolicy').find(({ metadata }) => metadata.name === 'jit-login-saml')
  expect(policy?.['spec']).toEqual({
    podSelector: { matchLabels: { 'app.kubernetes.io/name': 'jit-login' } },
    policyTypes: ['Egress'],
    egress: [
      {
        ports: [
          { protocol: 'TCP', port: 443 },
          { protocol: 'TCP', port: 8443 },
        ],
      },
    ],
  })
})

it('`npm run up -- --keycloak` applies it to the local environment, where nothing limits the port of an identity provider', async () => {
  const local = await rendered(overlayOf({ keycloak: {} as LocalKeycloak }))
  expect(podOf(local).volumes).toContainEqual({ name: 'saml', secret: { secretName: 'jit-login-saml', defaultMode: 0o440 } })
  expect(ofKind(local, 'NetworkPolicy')).toEqual([])
})
