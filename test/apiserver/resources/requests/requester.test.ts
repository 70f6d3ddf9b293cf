import fc from 'fast-check'
import { expect, it } from 'vitest'
import { policyFaults } from '../../../../apiserver/resources/policies/policy-faults.ts'
import { stampRequester } from '../../../../apiserver/resources/requests/requester.ts'
import { withTokenGroups, type Identity } from '../../../../domain/identity.ts'
import { AGENT_USER, AGENTS_GROUP, EXTRA } from '../../../../domain/api/names.ts'
import { governs } from '../../../../domain/policy/governs.ts'
import { policy } from '../../../domain/builders.ts'

/** Letters, and deceptive text: a joiner, an unassigned character, a direction mark, five marks on a letter. */
const name = fc
  .constantFrom('ops', 'équipe', 'ops\u200d', 'ops\u0378', '\u202eops', 'o\u0301\u0301\u0301\u0301\u0301', 'dev')
  .map((text) => `oidc:${text}`)

it('the stored requester is governed by the same policies as the authenticated user', () => {
  fc.assert(
    fc.property(fc.array(name), fc.array(name), fc.constantFrom('User', 'Group'), name, (groups, tokenGroups, kind, subject) => {
      const { spec } = policy('p', { subjects: [{ kind, name: subject }] })
      const written = { ...policy('p'), spec }
      fc.pre(policyFaults(written, () => undefined).length === 0)
      const direct: Identity = { username: 'oidc:ops', uid: '', groups, extra: {} }
      const agent: Identity = { ...direct, username: AGENT_USER, groups: [AGENTS_GROUP], extra: { [EXTRA.tokenGroups]: tokenGroups } }
      for (const asks of [direct, agent]) {
        const kept: Identity = { uid: '', groups: [], extra: {}, ...stampRequester(asks) }
        expect(governs(written, withTokenGroups(kept))).toBe(governs(written, withTokenGroups(asks)))
      }
    }),
  )
})
it('a policy may not name subjects that are not plain text', () => {
  const faults = policyFaults(policy('p', { subjects: [{ kind: 'Group', name: 'oidc:ops\u200d' }] }), () => undefined)
  expect(faults).toMatchObject([{ field: 'spec.subjects[0].name', message: expect.stringContaining('U+200D') as string }])
})
