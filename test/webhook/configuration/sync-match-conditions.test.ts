import { describe, expect, it } from 'vitest'
import { broughtInStep, type Governed, type Kept } from '../../../webhook/configuration/sync-match-conditions.ts'

const CONFIGURATION: Kept = { kind: 'ValidatingWebhookConfiguration', name: 'jit-access' }
const NAMES: Kept = { kind: 'ConfigMap', namespace: 'jit-system', name: 'jit-access-governed' }
const conditions = [{ name: 'governed', expression: 'true' }]
const governed: Governed = { conditions, names: { users: ['oidc:a', 'oidc:b'], groups: ['oidc:agents'] } }

const configuration = (matchConditions: unknown) => ({
  metadata: { name: 'jit-access', resourceVersion: '7' },
  webhooks: [
    { name: 'other.example.com', matchConditions: [{ name: 'x', expression: 'false' }] },
    { name: 'governed.jit.access', clientConfig: { caBundle: 'Q0E=' }, matchConditions },
  ],
})

describe('bringing an object into step', () => {
  it('replaces the conditions of our webhook and leaves the rest as it is', () =>
    expect(broughtInStep(CONFIGURATION, configuration([{ name: 'governed', expression: 'false' }]), governed)).toEqual(configuration(conditions)))
  it('takes away what somebody added: all conditions must hold', () =>
    expect(broughtInStep(CONFIGURATION, configuration([...conditions, { name: 'never', expression: 'false' }]), governed)).toEqual(
      configuration(conditions),
    ))
  it('puts conditions where there are none, which would be about everybody', () =>
    expect(broughtInStep(CONFIGURATION, configuration(undefined), governed)).toEqual(configuration(conditions)))
  it('writes nothing when they are the same', () => expect(broughtInStep(CONFIGURATION, configuration(conditions), governed)).toBeUndefined())
  it('does not take another webhook for ours', () =>
    expect(() => broughtInStep(CONFIGURATION, { webhooks: [{ name: 'other.example.com' }] }, governed)).toThrow(
      'no webhook named governed.jit.access',
    ))
  it('writes the names, one a line, and takes away what somebody added', () => {
    const names = { users: 'oidc:a\noidc:b', groups: 'oidc:agents' }
    const metadata = { name: 'jit-access-governed', resourceVersion: '7' }
    expect(broughtInStep(NAMES, { metadata }, governed)).toEqual({ metadata, data: names })
    expect(broughtInStep(NAMES, { metadata, data: { ...names, more: 'x' } }, governed)).toEqual({ metadata, data: names })
    expect(broughtInStep(NAMES, { metadata, data: names }, governed)).toBeUndefined()
  })
  it('a name with a line break does not become two', () =>
    expect(broughtInStep(NAMES, {}, { conditions, names: { users: ['x\nalice'], groups: [] } })).toEqual({ data: { users: '', groups: '' } }))
})
