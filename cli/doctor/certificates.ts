import { X509Certificate } from 'node:crypto'
import { unreadableFinding, type Cluster } from './visible-cluster.ts'
import { bad, good, unknown, warning, type Finding } from '../../domain/doctor/finding.ts'

type Secret = { readonly data?: { readonly [key: string]: string } }
type APIService = { readonly spec?: { readonly caBundle?: string } }
type Configuration = { readonly webhooks?: readonly { readonly clientConfig?: { readonly caBundle?: string } }[] }

const DAY_MS = 86_400_000
/** cert-manager renews 30 days before the end of 90, so fewer days than this mean that renewal failed. The bootstrap Job can also be run again manually. */
const SOON_DAYS = 14
const RENEW = 'kubectl -n jit-system get certificates  # with cert-manager; without it run the bootstrap-certificates Job again'

/** @throws Error for anything but a certificate */
function firstOf(base64: string): X509Certificate {
  return new X509Certificate(Buffer.from(base64, 'base64'))
}

const authoritiesOf = (base64: string): readonly X509Certificate[] =>
  [
    ...Buffer.from(base64, 'base64')
      .toString('utf8')
      .matchAll(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g),
  ].map(([pem]) => new X509Certificate(pem))

function lifeOf(what: string, certificate: X509Certificate, nowMs: number): Finding {
  const end = Date.parse(certificate.validTo)
  const days = Math.floor((end - nowMs) / DAY_MS)
  const on = new Date(end).toISOString().slice(0, 10)
  if (end <= nowMs) return bad(`the certificate of ${what} ended on ${on}`, RENEW)
  if (Date.parse(certificate.validFrom) > nowMs) return bad(`the certificate of ${what} is not valid yet`, RENEW)
  return days < SOON_DAYS
    ? warning(`the certificate of ${what} ends on ${on}, in ${days} days`, RENEW)
    : good(`the certificate of ${what} ends on ${on}, in ${days} days`)
}

/** Whether clients that verify the server with this bundle will trust it. */
function trustOf(part: string, certificate: X509Certificate, bundle: string | undefined): readonly Finding[] {
  if (bundle === undefined || bundle === '') return [] // reported by the checks of the client that has no bundle
  const signed = authoritiesOf(bundle).some((authority) => certificate.checkIssued(authority) && certificate.verify(authority.publicKey))
  return signed
    ? [good(`it is signed by the CA that kube-apiserver knows for ${part}`)]
    : [bad(`the certificate of ${part} is not signed by the CA that kube-apiserver has for it`, RENEW)]
}

async function checkOne(
  part: string,
  cluster: Cluster,
  about: { readonly nowMs: number; readonly bundle: string | undefined },
): Promise<readonly Finding[]> {
  const secret = await cluster.read<Secret>(`/api/v1/namespaces/jit-system/secrets/${part}-tls`)
  if (secret.is === 'absent') return [bad(`there is no Secret ${part}-tls with its certificate`, RENEW)]
  if (secret.is === 'unreadable') return [unreadableFinding(`the certificate of ${part}`, secret)]
  const certificate = secret.value.data?.['tls.crt']
  if (certificate === undefined) return [bad(`the Secret ${part}-tls has no tls.crt`, RENEW)]
  try {
    const read = firstOf(certificate)
    return [lifeOf(part, read, about.nowMs), ...trustOf(part, read, about.bundle)]
  } catch {
    return [unknown(`the certificate of ${part} cannot be read: it is not an X.509 certificate in PEM`)]
  }
}

/** Checks how long the serving certificates are valid and whether their clients trust them. Does not check the private keys. */
export async function checkCertificates(cluster: Cluster, nowMs: number): Promise<readonly Finding[]> {
  const [service, configuration] = await Promise.all([
    cluster.read<APIService>('/apis/apiregistration.k8s.io/v1/apiservices/v1.jit.access'),
    cluster.read<Configuration>('/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/jit-access'),
  ])
  const found = await Promise.all([
    checkOne('jit-gateway', cluster, { nowMs, bundle: undefined }),
    checkOne('jit-apiserver', cluster, { nowMs, bundle: service.is === 'there' ? service.value.spec?.caBundle : undefined }),
    checkOne('jit-webhook', cluster, {
      nowMs,
      bundle: configuration.is === 'there' ? configuration.value.webhooks?.[0]?.clientConfig?.caBundle : undefined,
    }),
  ])
  return found.flat()
}
