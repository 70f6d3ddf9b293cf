import { createHash, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:tls'
import { chromium, type Browser } from 'playwright-core'
import { findChromium, NO_CHROMIUM, type Variables } from './find-chromium.ts'

export type Site = { readonly url: string; readonly caFile: string }

/** The certificate of a site, which is verified with its CA. */
async function certificateOf({ url, caFile }: Site): Promise<Buffer> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), servername: hostname, ca: await readFile(caFile) })
  try {
    await once(socket, 'secureConnect')
    return socket.getPeerCertificate().raw
  } finally {
    socket.destroy()
  }
}

/** The digest by which Chromium knows the key of a certificate. */
function keyDigestOf(certificate: Buffer | string): string {
  const key = new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(key).digest('base64')
}

/**
 * Starts Chromium without a window. It accepts these certificates, whose CAs it does not know, and no other that is not valid.
 * @throws Error that says what to install where there is no Chromium
 */
export async function launchTrusting(certificates: readonly (Buffer | string)[], variables: Variables): Promise<Browser> {
  const executablePath = findChromium(variables)
  if (executablePath === undefined) throw new Error(NO_CHROMIUM)
  return await chromium.launch({
    executablePath,
    // Its sandbox does not work for root.
    chromiumSandbox: process.getuid?.() !== 0,
    args: [`--ignore-certificate-errors-spki-list=${certificates.map(keyDigestOf).join(',')}`, '--disable-dev-shm-usage'],
  })
}

/** The same for the certificates that these sites have now. */
export const launchChromium = async (sites: readonly Site[], variables: Variables): Promise<Browser> =>
  await launchTrusting(await Promise.all(sites.map(certificateOf)), variables)
