import { stringify } from 'yaml'

/** Audience of tokens for the gateway; `kubernetes` is kube-apiserver's. */
export const GATEWAY_AUDIENCE = 'jit-gateway'

/** Login in the gateway's configuration: the claim `agent` of an exchanged token is who acts. */
export const loginIssuerYaml = ({ url, ca }: { readonly url: string; readonly ca: string }, jwksURL: string): string =>
  stringify({
    issuer: url,
    audiences: [GATEWAY_AUDIENCE],
    usernameClaim: 'agent',
    usernamePrefix: 'login:',
    groupsPrefix: 'login:',
    ca,
    jwksURL,
  })

/**
 * The dev identity provider in the gateway's configuration. `jwksURL` is the address that the gateway uses: in a pod localhost is another
 * host.
 */
export function issuerYaml(provider: { readonly issuer: string; readonly ca: string; readonly jwksURL: string }): string {
  return stringify({
    issuer: provider.issuer,
    audiences: [GATEWAY_AUDIENCE],
    usernamePrefix: 'oidc:',
    groupsPrefix: 'oidc:',
    usernameClaim: 'sub',
    groupsClaim: 'groups',
    algorithms: ['RS256', 'ES256'],
    ca: provider.ca,
    jwksURL: provider.jwksURL,
  })
}
