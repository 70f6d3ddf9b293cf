import { timestamp } from '../../domain/api/object-meta.ts'
/**
 * The output of a credential plugin for kubectl (client.authentication.k8s.io/v1). kubectl runs the plugin again once the token has
 * expired.
 */
export function execCredential(token: string): string {
  const { exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as { readonly exp?: number }
  return JSON.stringify({
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    status: { token, ...(exp === undefined ? {} : { expirationTimestamp: timestamp(exp * 1000) }) },
  })
}
