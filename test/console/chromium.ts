import { createHash, X509Certificate } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chromium, type Browser, type BrowserContext, type CDPSession, type Page } from 'playwright-core'

const PROGRAM = '/usr/bin/chromium'
export const hasChromium = existsSync(PROGRAM)

/** Chromium makes no passkeys at a site whose certificate it does not trust, so it trusts this one. */
function trusting(certificate: string): string {
  const { publicKey } = new X509Certificate(certificate)
  const pin = createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64')
  return `--ignore-certificate-errors-spki-list=${pin}`
}

export const launchChromium = (certificate: string): Promise<Browser> =>
  chromium.launch({ executablePath: PROGRAM, args: ['--no-sandbox', trusting(certificate)] })

export type VirtualAuthenticator = {
  /** Whether its user is verified from now on, by a PIN that is right. */
  verify(isVerified: boolean): Promise<void>
}

/** A security key in the browser, without a person. */
export async function addAuthenticator(context: BrowserContext, page: Page): Promise<VirtualAuthenticator> {
  const session: CDPSession = await context.newCDPSession(page)
  await session.send('WebAuthn.enable')
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  return { verify: async (isUserVerified) => void (await session.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified })) }
}
