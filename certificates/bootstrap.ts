import type { KubeClient } from '../kube/client.ts'
import { authorityData, bundleOf, readAuthorities, renewAuthorities, type Authorities } from './authorities.ts'
import { injectIntoApiService, injectIntoWebhooks } from './ca-bundles.ts'
import type { CertificatesConfig } from './config.ts'
import { readSecret, writeSecret } from './secrets.ts'
import { isGood, issue } from './serving.ts'

export type BootstrapOptions = {
  readonly client: KubeClient
  readonly config: CertificatesConfig
  readonly nowMs: number
  /** Called with a description of each change. */
  readonly changed: (what: string) => void
}

const base64 = (pem: string): string => Buffer.from(pem).toString('base64')

async function currentAuthorities({ client, config, nowMs, changed }: BootstrapOptions): Promise<Authorities> {
  const { namespace, authoritySecret: name } = config
  const stored = await readSecret(client, namespace, name)
  const before = readAuthorities(stored?.data ?? {})
  const authorities = await renewAuthorities(before, config, nowMs)
  if (authorities.length === before.length && authorities.every((one, index) => one === before[index])) return authorities
  const version = stored === undefined ? {} : { resourceVersion: stored.resourceVersion }
  await writeSecret(client, { namespace, name, type: 'Opaque', data: authorityData(authorities), ...version })
  changed(`authorities in secret ${name}: ${authorities.length}`)
  return authorities
}

async function renewServing({ client, config, nowMs, changed }: BootstrapOptions, authorities: Authorities, index: number): Promise<void> {
  const certificate = config.certificates[index]
  if (certificate === undefined) return
  const { namespace } = config
  const wanted = { ...config, names: certificate.names, client: certificate.client, nowMs }
  const stored = await readSecret(client, namespace, certificate.secret)
  const text = (key: string): string => Buffer.from(stored?.data[key] ?? '', 'base64').toString('utf8')
  const kept = { cert: text('tls.crt'), key: text('tls.key') }
  const good = isGood(kept, authorities, wanted)
  const bundle = bundleOf(authorities)
  if (good && text('ca.crt') === bundle) return
  const { cert, key } = good ? kept : await issue(authorities, wanted)
  const data = { 'tls.crt': base64(cert), 'tls.key': base64(key), 'ca.crt': base64(bundle) }
  const version = stored === undefined ? {} : { resourceVersion: stored.resourceVersion }
  await writeSecret(client, { namespace, name: certificate.secret, type: 'kubernetes.io/tls', data, ...version })
  changed(good ? `CA bundle in secret ${certificate.secret}` : `certificate in secret ${certificate.secret}`)
}

/**
 * Brings authorities, CA bundles and serving certificates up to date; does nothing when they already are. Distributes the bundle before
 * a new authority signs anything, so that clients can verify every certificate. Of two concurrent runs, one fails with a conflict and
 * has to run again. Does not wait until servers have reloaded their files.
 * @throws StatusError
 */
export async function bootstrap(options: BootstrapOptions): Promise<void> {
  const { client, config, changed } = options
  const authorities = await currentAuthorities(options)
  const bundle = base64(bundleOf(authorities))
  for (const name of config.apiServices) if (await injectIntoApiService(client, name, bundle)) changed(`caBundle of apiservice ${name}`)
  for (const name of config.validatingWebhookConfigurations)
    if (await injectIntoWebhooks(client, name, bundle)) changed(`caBundle of validatingwebhookconfiguration ${name}`)
  await Promise.all(config.certificates.map((_, index) => renewServing(options, authorities, index)))
}
