import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ofKind, rendered, ROOT, type Manifest } from '../manifest/overlay.ts'

/** The overlay of docs/install.md, in a folder beside a checkout that is called jit-access. */
let parent: string
let manifests: readonly Manifest[]
let withPublicCertificate: readonly Manifest[]
beforeAll(async () => {
  parent = mkdtempSync(join(tmpdir(), 'jit-install-'))
  symlinkSync(ROOT, join(parent, 'jit-access'))
  const overlay = mkdtempSync(join(parent, 'overlay-'))
  const [kustomization = '', gateway = '', certificate = ''] = [
    ...readFileSync(join(ROOT, 'docs/install.md'), 'utf8').matchAll(/```yaml\n([^]*?)```/g),
  ].map(([, yaml = '']) => yaml)
  writeFileSync(join(overlay, 'kustomization.yaml'), kustomization)
  writeFileSync(join(overlay, 'gateway.yaml'), gateway)
  manifests = await rendered(relative(ROOT, overlay))
  writeFileSync(join(overlay, 'gateway.yaml'), certificate)
  withPublicCertificate = await rendered(relative(ROOT, overlay))
})
afterAll(() => rmSync(parent, { recursive: true, force: true }))

const named = (kind: string, name: string): Manifest | undefined => ofKind(manifests, kind).find(({ metadata }) => metadata.name === name)

const replicas = (name: string): unknown => (named('Deployment', name)?.['spec'] as { readonly replicas?: number } | undefined)?.replicas ?? 1

it('the overlay of docs/install.md runs the image that the page builds', () => {
  const images = ofKind(manifests, 'Deployment').flatMap(({ spec }) =>
    (spec as { template: { spec: { containers: { image: string }[] } } }).template.spec.containers.map(({ image }) => image),
  )
  expect(images.length).toBeGreaterThan(3)
  expect(new Set(images)).toEqual(new Set(['registry.example.com/jit-access:0.1.0']))
})
it('exposes the gateway under a name that its certificate has', () => {
  expect(named('Service', 'jit-gateway')?.['spec']).toMatchObject({ type: 'LoadBalancer', selector: expect.anything() as object })
  expect(named('Certificate', 'jit-gateway')?.['spec']).toMatchObject({
    secretName: 'jit-gateway-tls',
    dnsNames: expect.arrayContaining(['gateway.example.com']) as string[],
  })
})
it('lets another CA sign the certificate of the gateway', () => {
  const certificate = ofKind(withPublicCertificate, 'Certificate').find(({ metadata }) => metadata.name === 'jit-gateway')
  expect(certificate?.['spec']).toMatchObject({
    secretName: 'jit-gateway-tls',
    dnsNames: ['gateway.example.com'],
    issuerRef: { kind: 'ClusterIssuer', name: 'letsencrypt' },
  })
})
it('says how many replicas the base has', () => {
  expect([replicas('jit-webhook'), replicas('jit-apiserver'), replicas('jit-gateway')]).toEqual([3, 1, 1])
})
