import { interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider'

const { Check, base } = interactionPolicy

const gone = ({ oidc }: KoaContextWithOIDC): boolean => oidc.session?.accountId !== undefined && oidc.account === undefined

/**
 * When a person has to sign in or to agree. Besides the checks of oidc-provider: the person of the session has to be there still, since they may have signed out at the upstream, and
 * has to come from an upstream of the client.
 */
export function createPolicy(isAllowed: (clientID: string, upstream: string) => boolean): ReturnType<typeof base> {
  const policy = base()
  const elsewhere = ({ oidc }: KoaContextWithOIDC): boolean =>
    oidc.account !== undefined && !isAllowed(oidc.client?.clientId ?? '', String(oidc.account['upstream']))
  policy
    .get('login')
    ?.checks.add(new Check('signed_out', 'the session has ended', 'login_required', (context) => gone(context) || elsewhere(context)))
  return policy
}
