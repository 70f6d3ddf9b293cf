import { describe, expect, it } from 'vitest'
import { conditioned, type Kept } from '../../webhook/keep-in-step.ts'

const CONFIGURATION: Kept = { kind: 'ValidatingWebhookConfiguration', name: 'jit-access' }
const POLICY: Kept = { kind: 'ValidatingAdmissionPolicy', name: 'jit-access-never' }
const conditions = [{ name: 'governed', expression: 'true' }]

const configuration = (matchConditions: unknown) => ({
  metadata: { name: 'jit-access', resourceVersion: '7' },
  webhooks: [
    { name: 'other.example.com', matchConditions: [{ name: 'x', expression: 'false' }] },
    { name: 'governed.jit.access', clientConfig: { caBundle: 'Q0E=' }, matchConditions },
  ],
})

describe('bringing an object into step', () => {
  it('replaces the conditions of our webhook and leaves the rest as it is', () =>
    expect(conditioned(CONFIGURATION, configuration([{ name: 'governed', expression: 'false' }]), conditions)).toEqual(configuration(conditions)))
  it('takes away what somebody added: all conditions must hold', () =>
    expect(conditioned(CONFIGURATION, configuration([...conditions, { name: 'never', expression: 'false' }]), conditions)).toEqual(
      configuration(conditions),
    ))
  it('puts conditions where there are none, which would be about everybody', () =>
    expect(conditioned(CONFIGURATION, configuration(undefined), conditions)).toEqual(configuration(conditions)))
  it('writes nothing when they are the same', () => expect(conditioned(CONFIGURATION, configuration(conditions), conditions)).toBeUndefined())
  it('does not take another webhook for ours', () =>
    expect(() => conditioned(CONFIGURATION, { webhooks: [{ name: 'other.example.com' }] }, conditions)).toThrow(
      'no webhook named governed.jit.access',
    ))
  it('knows admission policies too', () => {
    const object = { metadata: { name: 'jit-access-never' }, spec: { failurePolicy: 'Fail', matchConditions: [] } }
    expect(conditioned(POLICY, object, conditions)).toEqual({ ...object, spec: { failurePolicy: 'Fail', matchConditions: conditions } })
    expect(conditioned(POLICY, { spec: { matchConditions: conditions } }, conditions)).toBeUndefined()
  })
})
