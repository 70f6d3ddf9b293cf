import type { BrowserContext, CDPSession, Page } from 'playwright-core'

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
