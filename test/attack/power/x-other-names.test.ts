import { describe, expect, it } from 'vitest'
import type { Effect, PolicyRule } from '../../../domain/api/access-policy.ts'
import { useClassOf } from '../../../domain/grant/use-class.ts'
import { decide } from '../../../domain/policy/decide.ts'
import { matchFaults } from '../../../domain/policy/match/match-faults.ts'
import { makePlan } from '../../../gateway/plan/make-plan.ts'
import { AGENT, asked, policy } from '../../domain/builders.ts'
import { createCluster, plannedFor } from '../../gateway/plan/fake-cluster.ts'

/** X. One object under another name, and one act under another verb. */
type Match = NonNullable<PolicyRule['match']>
type Rule = { readonly effect: Effect; readonly match: Match }

const effect = (line: string, ...rules: readonly Rule[]): string | undefined =>
  decide({
    classified: asked(line),
    identity: AGENT,
    policies: [policy('p', { rules: rules.map((rule, index) => ({ ...rule, name: `r${index}` })) })],
    evaluate: () => true,
  })?.effect

const SHOP = '/api/v1/namespaces/shop'

describe('X. names', () => {
  it('X368 a rule that denies a pod or Service by name also denies it with a scheme and a port', () => {
    const proxies: Rule = { effect: 'RequireGrant', match: { apiGroups: [''], resources: ['services', 'pods'], subresources: ['proxy'] } }
    for (const resource of ['services', 'pods'])
      for (const name of ['payroll', 'payroll:80', 'https:payroll:443', ':payroll:', 'http:payroll:'])
        for (const line of [`GET ${SHOP}/${resource}/${name}/proxy/`, `POST ${SHOP}/${resource}/${name}/proxy/a/b`]) {
          expect(effect(line, { effect: 'Deny', match: { resources: [resource], names: ['payroll'] } }, proxies), line).toBe('Deny')
          expect(effect(line, { effect: 'RequireApproval', match: { names: ['payroll'] } }, proxies), line).toBe('RequireApproval')
          expect(effect(line, { effect: 'Deny', match: { resources: [resource], names: ['web', 'http'] } }, proxies), line).toBe('RequireGrant')
        }
    // A rule that loosens still names exactly what it loosens.
    const web: Rule = { effect: 'RequireGrant', match: { apiGroups: [''], resources: ['services'], subresources: ['proxy'], names: ['web'] } }
    expect(effect(`GET ${SHOP}/services/web/proxy/`, web)).toBe('RequireGrant')
    expect(effect(`GET ${SHOP}/services/web:80/proxy/`, web)).toBe('RequireApproval')
  })

  it('X369 a field selector does not show the object of a denied namespace', () => {
    const deny: Rule = { effect: 'Deny', match: { namespaces: ['payroll'] } }
    for (const query of ['fieldSelector=metadata.name%3Dpayroll', 'watch=1&fieldSelector=metadata.name%3D%3Dpayroll'])
      expect(effect(`GET /api/v1/namespaces?${query}`, deny), query).toBe('Deny')
    expect(effect('GET /api/v1/namespaces?fieldSelector=metadata.name%3Dother', deny)).toBe('Allow')
  })

  it('X370 an eviction is judged, counted and rated as the deletion of its pod', () => {
    const eviction = `POST ${SHOP}/pods/web/eviction`
    const evictions: Rule = { effect: 'RequireGrant', match: { apiGroups: [''], resources: ['pods'], subresources: ['eviction'] } }
    for (const match of [
      { verbs: ['delete'] },
      { verbs: ['delete'], resources: ['pods'] },
      { verbs: ['delete'], names: ['web'] },
    ] satisfies Match[]) {
      expect(effect(eviction, { effect: 'Deny', match }, evictions), JSON.stringify(match)).toBe('Deny')
      expect(effect(eviction, { effect: 'RequireApproval', match }, evictions), JSON.stringify(match)).toBe('RequireApproval')
    }
    expect(effect(eviction, { effect: 'Deny', match: { verbs: ['delete'], names: ['db'] } }, evictions)).toBe('RequireGrant')
    // A rule that names the object alone means the object alone.
    expect(effect(eviction, { effect: 'Deny', match: { verbs: ['delete'], subresources: [''] } }, evictions)).toBe('RequireGrant')
    expect(effect(`POST ${SHOP}/pods`, { effect: 'Deny', match: { verbs: ['delete'] } })).toBe('RequireGrant')
    expect(asked(eviction).risk).toBe(asked(`DELETE ${SHOP}/pods/web`).risk)
    expect(useClassOf(asked(eviction))).toBe('delete')
  })

  it('X376 a pattern in names is refused when the policy is written, since it would match no object', () => {
    for (const name of ['payroll-*', '*-payroll', '**', 'a*b']) expect(matchFaults({ names: [name] }), name).toMatchObject([{ field: 'names[0]' }])
    expect(matchFaults({ names: ['*', 'payroll', 'system:payroll'] })).toEqual([])
  })

  it('X371 an approved proxied request does not run on an object that replaced the approved one', async () => {
    for (const name of ['one', 'one:80', 'https:one:443']) {
      const cluster = createCluster()
      cluster.put('one', { spec: {} })
      const planned = plannedFor({ method: 'POST', path: `${SHOP}/services/${name}/proxy/a` })
      const approved = await makePlan(planned, cluster.deps, 'show')
      const again = async (): Promise<boolean> => (await makePlan(planned, cluster.deps, 'check')).hashes.includes(approved.hashes[0])
      expect(approved.targets.map((target) => target.name)).toEqual(['one'])
      expect(await again(), name).toBe(true)
      cluster.objects.delete('one')
      cluster.put('one', { spec: {} })
      expect(await again(), name).toBe(false)
    }
  })
})
