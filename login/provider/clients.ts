import { readFile } from 'node:fs/promises'
import type { ClientMetadata } from 'oidc-provider'
import { ConfigError } from '../../server/config.ts'
import { GRANTS } from '../config/clients.ts'
import type { ClientConfig } from '../config/config.ts'
import type { SigningAlgorithm } from '../keys/signing-keys.ts'

export const SCOPES = ['openid', 'profile', 'groups', 'offline_access'] as const
const MIN_SECRET_LENGTH = 32

export type Secrets = ReadonlyMap<string, string>

/** Reads the secrets of the clients that have one, by the ID of the client. @throws ConfigError that names the file, and never its content */
export async function readSecrets(clients: readonly ClientConfig[]): Promise<Secrets> {
  const secrets = new Map<string, string>()
  for (const { id, secretFile } of clients) {
    if (secretFile === undefined) continue
    const text = await readFile(secretFile, 'utf8').catch(() => {
      throw new ConfigError(`${secretFile}: cannot be read`)
    })
    const secret = text.trim()
    if (secret.length < MIN_SECRET_LENGTH)
      throw new ConfigError(
        `${secretFile}: the secret of client "${id}" is shorter than ${MIN_SECRET_LENGTH} characters; make one with: openssl rand -hex 32`,
      )
    secrets.set(id, secret)
  }
  return secrets
}

/** A client as oidc-provider reads it. */
export function metadataOf(client: ClientConfig, secret: string | undefined, alg: SigningAlgorithm): ClientMetadata {
  const { id, grants, redirectURIs = [], signedOutURIs = [] } = client
  const isPublic = secret === undefined
  return {
    client_id: id,
    ...(isPublic ? {} : { client_secret: secret }),
    token_endpoint_auth_method: isPublic ? 'none' : 'client_secret_basic',
    // Native clients may use any port of the own computer: RFC 8252, section 7.3.
    application_type: isPublic && redirectURIs.length > 0 ? 'native' : 'web',
    grant_types: grants.map((grant) => GRANTS[grant]),
    response_types: grants.includes('AuthorizationCode') ? ['code'] : [],
    redirect_uris: [...redirectURIs],
    post_logout_redirect_uris: [...signedOutURIs],
    scope: SCOPES.join(' '),
    id_token_signed_response_alg: alg,
    // For verifiers, and for the exchange of an ID token: it is worth nothing after a logout.
    require_auth_time: true,
  }
}
