import type { Classified } from '../../../domain/decision.ts'
import type { Identity } from '../../../domain/identity.ts'
import { AGENT_USER, EXTRA } from '../../../domain/names.ts'
import { actingGroups } from '../../../domain/policy/acting-groups.ts'
import type { Authorizer } from '../../../kube/subject-access-review.ts'
import type { Governing } from '../request-policy.ts'

/**
 * Whether RBAC would let an agent do it, as the gateway would send it: under a grant, with the elevated group of its policy, or without.
 * @throws StatusError what the review failed with
 */
export type Ceiling = (classified: Classified, elevated: boolean) => Promise<boolean>

/** What a stream is to RBAC: kube-apiserver asks for `get` where it comes over WebSocket, and newer ones for `create` too. */
const verbsOf = ({ power, verb }: Classified): readonly string[] => (power === 'connect' && verb === 'create' ? ['create', 'get'] : [verb])

/** @param identity with the groups of its token */
export function createCeiling(authorizer: Authorizer, identity: Identity, { all, chosen }: Governing): Ceiling {
  const acting = (elevated: boolean): Identity => ({
    username: AGENT_USER,
    uid: '',
    groups: [...actingGroups(identity.groups, all, elevated ? chosen.metadata.name : undefined), 'system:authenticated'],
    extra: { ...identity.extra, [EXTRA.user]: [identity.username] },
  })
  const [baseline, granted] = [acting(false), acting(true)]
  return async (classified, elevated) => {
    const { apiGroup, resource, subresource, namespace, name } = classified.info
    const attributes = {
      group: apiGroup,
      resource,
      ...(subresource === '' ? {} : { subresource }),
      ...(namespace === '' ? {} : { namespace }),
      ...(name === '' ? {} : { name }),
    }
    for (const verb of verbsOf(classified)) if (await authorizer.allowed(elevated ? granted : baseline, { verb, ...attributes })) return true
    return false
  }
}
