import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { readApiserverConfig } from '../../apiserver/config.ts'
import { readConsoleConfig } from '../../console/config.ts'
import { readControllerConfig } from '../../controller/config.ts'
import { readGatewayConfig } from '../../gateway/config.ts'
import { readIssuers } from '../../gateway/authenticate/issuer-config.ts'
import { readLoginConfig } from '../../login/config/read-config.ts'
import { readWebhookConfig } from '../../webhook/config.ts'
import { rendered, ROOT, type Manifest } from '../manifest/overlay.ts'

/** What the how-to of a component tells an admin to write, in a folder where an admin would write it. */
const blocksOf = async (page: string): Promise<readonly string[]> =>
  [...(await readFile(join(ROOT, 'docs/how-to', page), 'utf8')).matchAll(/```yaml\n([^]*?)```/g)].map(([, yaml = '']) => yaml)

/** A folder beside a checkout that is called jit-access, as docs/install.md has it. */
async function overlay<T>(files: { readonly [name: string]: string }, look: (folder: string) => Promise<T>): Promise<T> {
  const parent = await mkdtemp(join(tmpdir(), 'jit-components-'))
  try {
    await symlink(ROOT, join(parent, 'jit-access'))
    const folder = join(parent, 'overlay')
    await mkdir(folder)
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true })
      await writeFile(join(folder, name), text)
    }
    return await look(folder)
  } finally {
    await rm(parent, { recursive: true })
  }
}

const HEAD = 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [../jit-access/kustomize/base]\n'

/** The configuration that the Pods of a part get. */
function configOf(manifests: readonly Manifest[], part: string): string {
  const workload = manifests.find(({ apiVersion, metadata }) => apiVersion === 'apps/v1' && metadata.name === `jit-${part}`) as Manifest
  const { volumes } = (workload['spec'] as { template: { spec: { volumes: { configMap?: { name: string } }[] } } }).template.spec
  const names = volumes.map(({ configMap }) => configMap?.name)
  const map = manifests.find(({ kind, metadata }) => kind === 'ConfigMap' && names.includes(metadata.name)) as Manifest
  return (map['data'] as { 'config.yaml': string })['config.yaml']
}

const configMap = (name: string, config: object): string =>
  stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'jit-system' }, data: { 'config.yaml': stringify(config) } })

async function renderedConfig(files: { readonly [name: string]: string }, part: string): Promise<{ readonly all: string; readonly config: string }> {
  return await overlay(files, async (folder) => {
    const manifests = await rendered(relative(ROOT, folder))
    return { all: JSON.stringify(manifests), config: configOf(manifests, part) }
  })
}

const shipped = async (component: string): Promise<object> =>
  parse(await readFile(join(ROOT, `kustomize/components/${component}/config.yaml`), 'utf8')) as object

/** What each server reads its configuration with. */
const READERS: { readonly [part: string]: (file: string) => Promise<{ readonly cluster?: string }> } = {
  gateway: readGatewayConfig,
  apiserver: readApiserverConfig,
  webhook: readWebhookConfig,
  controller: readControllerConfig,
}

it('the overlay of the page on several clusters names the cluster in each server', async () => {
  const [line = '', kustomization = ''] = await blocksOf('several-clusters.md')
  const files: { [name: string]: string } = { 'kustomization.yaml': HEAD + kustomization }
  for (const part of Object.keys(READERS))
    files[`config/${part}.yaml`] = (await readFile(join(ROOT, `kustomize/base/config/${part}.yaml`), 'utf8')) + line
  await overlay(files, async (folder) => {
    const manifests = await rendered(relative(ROOT, folder))
    for (const [part, read] of Object.entries(READERS)) {
      const file = join(folder, `${part}.read.yaml`)
      await writeFile(file, configOf(manifests, part))
      expect((await read(file)).cluster).toBe('production')
    }
  })
})

it('the gateway accepts the issuer of the page on several clusters', async () => {
  const issuer = (await blocksOf('several-clusters.md')).find((block) => block.includes('audiences')) ?? ''
  await overlay({ 'company.yaml': issuer }, async (folder) => {
    expect(await readIssuers(folder)).toMatchObject([{ audiences: ['jit-gateway-production'] }])
  })
})

describe('the overlay of a how-to gives the configuration of the page to the Pods, which accept it', () => {
  it('console', async () => {
    const [kustomization = '', config = ''] = await blocksOf('console.md')
    const given = await renderedConfig({ 'kustomization.yaml': HEAD + kustomization, 'console.yaml': config }, 'console')
    const read = await overlay({ 'config.yaml': given.config }, (folder) => readConsoleConfig(join(folder, 'config.yaml')))
    expect(read).toMatchObject({ url: 'https://console.example.com', signIn: { issuer: 'https://login.example.com' } })
  })
  it('login', async () => {
    const [kustomization = ''] = await blocksOf('login.md')
    const own = { ...(await shipped('login')), url: 'https://login.acme.test' }
    const { config, all } = await renderedConfig({ 'kustomization.yaml': HEAD + kustomization, 'login.yaml': configMap('jit-login', own) }, 'login')
    expect(parse(config)).toEqual(own)
    expect(all).not.toContain('jit-login-saml')
  })
  it('login with SAML, and the exchange of assertions', async () => {
    const [kustomization = '', upstreams = '', exchange = ''] = await blocksOf('saml.md')
    const page = parse(`${upstreams}${exchange.replaceAll('LOGIN', 'login.example.com')}`) as object
    const own = configMap('jit-login', { ...(await shipped('login-saml')), ...page })
    const { config, all } = await renderedConfig({ 'kustomization.yaml': HEAD + kustomization, 'login.yaml': own }, 'login')
    const read = await overlay({ 'config.yaml': config }, (folder) => readLoginConfig(join(folder, 'config.yaml')))
    expect(read.upstreams).toMatchObject([{ id: 'corp', saml: { encryptedOnly: true, exchange: { recipient: 'https://login.example.com/token' } } }])
    expect(all).toContain('"secretName":"jit-login-saml"')
  })
})
