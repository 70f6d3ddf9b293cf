import { X509Certificate } from 'node:crypto'
import { Agent, fetch } from 'undici'
import type { UpstreamConfig } from '../../login/config/config.ts'
import { createAuthority } from '../cluster/certificate-authority.ts'
import { samlClient } from './realm.ts'
import type { Keycloak } from './start-keycloak.ts'

/** Login as a service provider of a realm of Keycloak. */
export type ServiceProvider = {
  /** What the entry of login's configuration reads: keys, and the metadata of the realm. The contents of the Secret `jit-login-saml`. */
  readonly files: { readonly [name: string]: string }
  /** The entry, for files in the folder `dir`. */
  upstream(dir: string): UpstreamConfig
  /** Makes the client of the realm, which needs the address of login. */
  register(loginURL: string): Promise<void>
}

type Options = Pick<UpstreamConfig, 'id' | 'label' | 'namePrefix'> & { readonly realm: string }

const bytesOf = (cert: string): string => new X509Certificate(cert).raw.toString('base64')

/** Makes the keys. Requests are signed, and assertions are encrypted: docs/how-to/saml.md has the same steps for an admin. */
export async function createServiceProvider(keycloak: Keycloak, { realm, ...entry }: Options): Promise<ServiceProvider> {
  const [signing, encryption] = await Promise.all([createAuthority('jit-login signing'), createAuthority('jit-login encryption')])
  const entityID = `${keycloak.url}/realms/${realm}`
  return {
    files: {
      'tls.key': signing.key,
      'tls.crt': signing.cert,
      'encryption.key': encryption.key,
      'encryption.crt': encryption.cert,
      'metadata.xml': await metadataOf(keycloak, entityID),
    },
    upstream: (dir) => ({
      ...entry,
      saml: {
        identityProvider: { entityID, metadata: { file: `${dir}/metadata.xml` } },
        signing: { keyFile: `${dir}/tls.key`, certFile: `${dir}/tls.crt` },
        decryption: [{ keyFile: `${dir}/encryption.key`, certFile: `${dir}/encryption.crt` }],
        encryptedOnly: true,
      },
    }),
    register: async (loginURL) => {
      const address = `${loginURL}/upstream/${entry.id}`
      const client = samlClient({
        entityID: `${address}/metadata`,
        acs: `${address}/acs`,
        slo: `${address}/slo`,
        signingCert: bytesOf(signing.cert),
        encryptionCert: bytesOf(encryption.cert),
      })
      await keycloak.admin.call('POST', `/realms/${realm}/clients`, client)
    },
  }
}

async function metadataOf({ ca }: Keycloak, entityID: string): Promise<string> {
  const dispatcher = new Agent({ connect: { ca } })
  try {
    const answer = await fetch(`${entityID}/protocol/saml/descriptor`, { dispatcher })
    if (!answer.ok) throw new Error(`${entityID} answers ${answer.status} for its metadata`)
    return await answer.text()
  } finally {
    await dispatcher.destroy()
  }
}
