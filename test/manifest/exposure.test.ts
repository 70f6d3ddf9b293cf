import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { readConsoleConfig } from '../../console/config.ts'
import { readLoginConfig } from '../../login/config/read-config.ts'
import { ofKind, renderedWith, ROOT, type Manifest } from './overlay.ts'

type Sample = { readonly kind: string; readonly spec: object; readonly metadata: { readonly namespace?: string } }

describe.each([
  { component: 'console', read: readConsoleConfig },
  { component: 'login', read: readLoginConfig },
])('the samples that expose the $component', ({ component, read }) => {
  let manifests: readonly Manifest[] = []
  beforeAll(async () => {
    manifests = await renderedWith(component)
  }, 600_000)

  it.each([
    ['ingress.yaml', ['Ingress'], /name: jit-\w+\n +port: \{ name: https \}/, /^ +nginx\.ingress\.kubernetes\.io\/ssl-passthrough: 'true'$/m],
    ['gateway.yaml', ['Gateway', 'TLSRoute'], /backendRefs: \[\{ name: jit-\w+, port: 443 \}\]/, /^ +tls: \{ mode: Passthrough \}$/m],
  ])('%s send the host of the shipped configuration to the port of the Service, without ending TLS', async (file, kinds, backend, passThrough) => {
    const text = await readFile(join(ROOT, 'manifests/samples', component, file), 'utf8')
    const samples = parseAllDocuments(text).map((document) => document.toJS() as Sample)
    expect(samples.map(({ kind }) => kind)).toEqual(kinds)
    expect(samples.every(({ metadata }) => metadata.namespace === 'jit-system')).toBe(true)
    const { url } = await read(join(ROOT, 'kustomize/components', component, 'config.yaml'))
    const hosts = [...text.matchAll(/\bhost(?:name|names)?: \[?([\w.-]+)/g)].map(([, host]) => host)
    expect(hosts).toEqual(kinds.map(() => new URL(url).hostname))
    expect(text).toMatch(backend)
    expect(text).toMatch(passThrough)
    expect(new Set(text.match(/(?<=\bname: )jit-\w+/g))).toEqual(new Set([`jit-${component}`]))
    const service = ofKind(manifests, 'Service').find(({ metadata }) => metadata.name === `jit-${component}`)
    expect(service?.['spec']).toMatchObject({ ports: [{ name: 'https', port: 443, targetPort: 'https' }] })
  })
})
