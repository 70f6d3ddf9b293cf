import type { Of } from '../domain/api/schema.ts'
import { ConfigError } from '../server/config.ts'
import type { RelyingParty } from './resources/passkeys/relying-party.ts'

export const passkeysSchema = {
  type: 'object',
  description:
    'Passkeys of approvers. Optional. Defaults to none: nobody can register one, and what a policy requires a passkey for cannot be approved.',
  required: ['consoleURL'],
  properties: {
    consoleURL: {
      type: 'string',
      description:
        'URL of the console as browsers reach it: https and a host name, without a path. Passkeys are made and used there, and nowhere else. Required.',
      pattern: '^https://[A-Za-z0-9.-]+(:[0-9]+)?$',
    },
    rpID: {
      type: 'string',
      description:
        'Relying party ID of the passkeys: the host name of the console, or a domain that it is in. Passkeys are lost when it changes. Optional. Defaults to the host name of the console.',
      pattern: '^[a-z0-9.-]+$',
    },
  },
} as const
type PasskeysConfig = Of<typeof passkeysSchema>

const ADDRESS = /^[0-9.]+$/

function problemOf({ consoleURL, rpID }: PasskeysConfig): string | undefined {
  const url = URL.parse(consoleURL)
  if (url === null) return '.consoleURL: is not a URL'
  const { hostname } = url
  if (ADDRESS.test(hostname)) return '.consoleURL: must have a host name: browsers make no passkeys for an address'
  if (rpID === undefined || rpID === hostname || (rpID.includes('.') && hostname.endsWith(`.${rpID}`))) return undefined
  return `.rpID: must be ${hostname} or a domain that it is in`
}

/** @throws ConfigError */
export function checkPasskeys(file: string, config: PasskeysConfig | undefined): void {
  const problem = config === undefined ? undefined : problemOf(config)
  if (problem !== undefined) throw new ConfigError(`${file}: .passkeys${problem}`)
}

/** The origin as browsers write it: in lower case, without the default port. */
export function relyingPartyOf(config: PasskeysConfig | undefined): { readonly passkeys?: RelyingParty } {
  if (config === undefined) return {}
  const { origin, hostname } = new URL(config.consoleURL)
  return { passkeys: { origin, rpID: config.rpID ?? hostname } }
}
