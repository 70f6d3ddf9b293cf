import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { riskOfRequest } from '../../../../apiserver/resources/requests/request-risk.ts'
import { riskReasons } from '../../../../cli/certify/context/risk-reasons.ts'
import { formatGains } from '../../../../cli/format/gains.ts'
import type { AccessPolicy } from '../../../../domain/api/access-policy.ts'
import type { AccessRequest, AccessRequestSpec } from '../../../../domain/api/access-request.ts'
import { policy } from '../../../domain/builders.ts'
import { requestOf } from '../../requests.ts'

/** As the server stores it: with its risk. */
const stamped = (request: AccessRequest, ...policies: readonly AccessPolicy[]): AccessRequest => ({
  ...request,
  status: { ...request.status, risk: riskOfRequest(request, policies) },
})
const reasons = (spec: Partial<AccessRequestSpec>, rules: Parameters<typeof policy>[1] = {}) =>
  riskReasons(stamped(requestOf({ spec }), policy('p', rules)), policy('p', rules)).map((line) => line.trim())

const words = (...values: readonly string[]) => fc.subarray([...values], { minLength: 1 })

describe('the reasons of a risk', () => {
  it('name what the request can do', () => {
    expect(
      reasons({
        rules: [
          { verbs: ['create'], resources: ['pods/exec'], namespaces: ['shop'] },
          { verbs: ['get'], resources: ['pods'] },
        ],
      }),
    ).toEqual(['', 'Why its risk is High:', 'create pods/exec in namespace shop: it opens a stream into a container or to the network behind it'])
    for (const rule of [
      { verbs: ['delete'], resources: ['pods'] },
      { verbs: ['create'], resources: ['pods/eviction'] },
    ])
      expect(reasons({ rules: [{ ...rule, namespaces: ['shop'] }] })[2], rule.resources[0]).toContain('it deletes what it cannot restore')
    expect(reasons({ rules: [], reveal: [{ namespace: 'shop', secret: 'db', keys: ['a'] }] })).toContain('it shows values of Secrets')
  })
  it('name the rule of the policy that sets it', () => {
    const rules = [{ name: 'logs', effect: 'RequireGrant' as const, risk: 'Critical' as const, match: { resources: ['pods'], condition: 'true' } }]
    expect(reasons({ rules: [{ verbs: ['get'], resources: ['pods'], namespaces: ['shop'] }] }, { rules })).toContain(
      'get pods in namespace shop: rule "logs" of the policy says so, if its condition holds',
    )
  })
  it('say so when they are not known here', () => {
    expect(riskReasons(requestOf(), undefined).map((line) => line.trim())).toContain('an older server did not say it')
    expect(riskReasons(requestOf({ status: { risk: 'Critical' } }), undefined).map((line) => line.trim())).toContain(
      'another policy of its requester says so',
    )
  })
  it('are for the risk that the server stamps, and are never missing', () => {
    const rule = fc.record({
      verbs: words('get', 'patch', 'delete', 'deletecollection', 'create'),
      resources: words('pods', 'pods/exec', 'namespaces', 'serviceaccounts/token'),
      namespaces: fc.constant(['shop']),
    })
    fc.assert(
      fc.property(rule, (one) => {
        const request = stamped(requestOf({ spec: { rules: [one] } }))
        const [, heading, first = ''] = riskReasons(request, undefined)
        expect([heading, first]).toEqual([`Why its risk is ${riskOfRequest(request, [])}:`, expect.stringMatching(/: it |what it can do/)])
      }),
    )
  })
})

it('gains are shown with what each allows', () => {
  const lines = formatGains(requestOf({ spec: { rules: [{ verbs: ['patch'], resources: ['pods'], gains: ['Privileged', 'Secret=db'] }] } }))
  expect(lines.map((line) => line.trim())).toEqual([
    '',
    'What the workload gains:',
    expect.stringMatching(/^Privileged: .*root on the node/),
    expect.stringMatching(/^Secret=db: A Secret, by volume/),
  ])
  expect(formatGains(requestOf())).toEqual([])
})
