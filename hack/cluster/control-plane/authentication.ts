import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'

/** An OpenID Connect provider whose tokens kube-apiserver accepts. */
export type Issuer = {
  readonly url: string
  /** PEM of the CA that signed its serving certificate. */
  readonly ca: string
  /** Defaults to `kubernetes`. */
  readonly audiences?: readonly string[]
  /** Where kube-apiserver reads the discovery document. Defaults to a path below `url`. */
  readonly discoveryURL?: string
}

const PREFIX = 'oidc:'

export const authenticationFile = (dir: string): string => join(dir, 'auth/authentication.yaml')

/** Writes the accepted token issuers. The file is replaced by rename, and kube-apiserver reloads it by itself. */
export async function writeAuthentication(dir: string, issuers: readonly Issuer[]): Promise<void> {
  const document = {
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'AuthenticationConfiguration',
    jwt: issuers.map(({ url, ca, audiences = ['kubernetes'], discoveryURL }) => ({
      issuer: {
        url,
        audiences,
        certificateAuthority: ca,
        ...(discoveryURL === undefined ? {} : { discoveryURL }),
        ...(audiences.length > 1 ? { audienceMatchPolicy: 'MatchAny' } : {}),
      },
      claimMappings: { username: { claim: 'sub', prefix: PREFIX }, groups: { claim: 'groups', prefix: PREFIX } },
    })),
  }
  const file = authenticationFile(dir)
  await writeFile(`${file}.new`, stringify(document), { mode: 0o600 })
  await rename(`${file}.new`, file)
}
