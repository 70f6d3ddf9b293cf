import { spawnSync } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { chromium, type Browser } from 'playwright-core'
import { findChromium, NO_CHROMIUM, type Variables } from './find-chromium.ts'
import { surviveNetworkChanges } from './network-changes.ts'

export type Site = { readonly url: string; readonly caFile: string }

/** The digest by which Chromium knows the key of a certificate. The connection is verified with the CA of the site. */
async function keyDigestOf({ url, caFile }: Site): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), servername: hostname, ca: await readFile(caFile) })
  try {
    await once(socket, 'secureConnect')
    const { raw } = socket.getPeerCertificate()
    const key = new X509Certificate(raw).publicKey.export({ type: 'spki', format: 'der' })
    return createHash('sha256').update(key).digest('base64')
  } finally {
    socket.destroy()
  }
}

/** Chromium that knows nothing of network changes drops nothing because of them. */
const WITHOUT_NETLINK = join(import.meta.dirname, 'without-netlink.py')

/** Whether this machine has Python, and the kernel takes the filter. */
const canForbidNetlink = (variables: Variables): boolean =>
  spawnSync(WITHOUT_NETLINK, { env: { ...variables, PROGRAM: '/bin/true' }, stdio: 'ignore' }).status === 0

/**
 * Starts Chromium without a window. It accepts the certificates of these sites, whose CAs it does not know, and no other that is not valid.
 * @throws Error that says what to install where there is no Chromium
 */
export async function launchChromium(sites: readonly Site[], variables: Variables): Promise<Browser> {
  const executablePath = findChromium(variables)
  if (executablePath === undefined) throw new Error(NO_CHROMIUM)
  const keys = await Promise.all(sites.map(keyDigestOf))
  const isRoot = process.getuid?.() === 0
  // The sandbox needs privileges that a filtered process cannot get.
  const isFiltered = isRoot && canForbidNetlink(variables)
  const browser = await chromium.launch({
    ...(isFiltered ? { executablePath: WITHOUT_NETLINK, env: { ...variables, PROGRAM: executablePath } } : { executablePath }),
    // Its sandbox does not work for root.
    chromiumSandbox: !isRoot,
    // Tests repeat visits by themselves.
    args: [`--ignore-certificate-errors-spki-list=${keys.join(',')}`, '--disable-dev-shm-usage', '--disable-auto-reload'],
  })
  const newContext = browser.newContext.bind(browser)
  browser.newContext = async (options) => {
    const context = await newContext(options)
    surviveNetworkChanges(context)
    return context
  }
  return browser
}
