import { describe, expect, it } from 'vitest'
import { gainsOfRequest, UNREADABLE } from '../../../domain/workload/gains.ts'
import { mayHoldPods } from '../../../domain/workload/holds-pods.ts'
import { asked } from '../builders.ts'

const namespace = (level?: string, version?: string): object => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name: 'shop',
    labels: {
      team: 'a',
      ...(level === undefined ? {} : { 'pod-security.kubernetes.io/enforce': level }),
      ...(version === undefined ? {} : { 'pod-security.kubernetes.io/enforce-version': version }),
    },
  },
})
const PATCH = asked('PATCH /api/v1/namespaces/shop').info
const gains = (now: object, before?: object): readonly string[] => gainsOfRequest(PATCH, now, before)

describe('a level of the Pod Security Standards', () => {
  it.each([
    [undefined, 'privileged', 'privileged'],
    [undefined, 'baseline', 'baseline'],
    ['restricted', 'baseline', 'baseline'],
    ['restricted', 'privileged', 'privileged'],
    ['baseline', 'privileged', 'privileged'],
    ['restricted', undefined, 'none'],
    ['baseline', undefined, 'none'],
    ['restricted', 'Restricted', 'Restricted'],
    ['odd', 'restricted', 'restricted'],
    ['constructor', 'baseline', 'baseline'],
  ])('is a gain when the label changes from %s to %s', (before, now, named) => {
    expect(gains(namespace(now), namespace(before))).toEqual([`PodSecurity=${named}`])
    if (before === undefined) expect(gains(namespace(now))).toEqual([`PodSecurity=${named}`])
  })
  it.each([
    [undefined, undefined],
    [undefined, 'restricted'],
    ['baseline', 'restricted'],
    ['baseline', 'baseline'],
    ['privileged', 'privileged'],
    ['privileged', 'baseline'],
    ['privileged', undefined],
    ['odd', 'odd'],
  ])('is none when the label changes from %s to %s', (before, now) => expect(gains(namespace(now), namespace(before))).toEqual([]))

  it('is a gain when an older version is enforced, which checks less', () => {
    expect(gains(namespace('restricted', 'v1.0'), namespace('restricted'))).toEqual(['PodSecurity=restricted v1.0'])
    expect(gains(namespace('restricted', 'v1.0'), namespace('baseline', 'v1.30'))).toEqual(['PodSecurity=restricted v1.0'])
    expect(gains(namespace('restricted', 'v1.0'))).toEqual(['PodSecurity=restricted v1.0'])
    expect(gains(namespace('restricted', 'latest'), namespace('restricted', 'v1.0'))).toEqual([])
    expect(gains(namespace('restricted', 'v1.0'), namespace('restricted', 'v1.0'))).toEqual([])
    expect(gains(namespace('baseline', 'v1.0'), namespace('privileged'))).toEqual([])
  })
  it('is a gain when the label of the version is removed: the default of the cluster may be older', () => {
    for (const before of ['latest', 'v1.30'])
      for (const level of ['restricted', 'baseline', undefined]) {
        const named = [`PodSecurity=${level ?? 'none'}`]
        expect(gains(namespace(level), namespace(level, before)), `${before} ${level ?? ''}`).toEqual(named)
        expect(gains(namespace(level, 'latest'), namespace(level, before))).toEqual([])
      }
    expect(gains(namespace('restricted', 'latest'), namespace())).toEqual([])
    expect(gains(namespace('restricted', 'latest'))).toEqual([])
    expect(gains(namespace('baseline', 'latest'), namespace('restricted', 'latest'))).toEqual(['PodSecurity=baseline'])
  })
  it('is looked at in every write that keeps labels', () => {
    const at = '/api/v1/namespaces/a'
    for (const line of ['POST /api/v1/namespaces', `PATCH ${at}`, `PUT ${at}/status`, `PUT ${at}/finalize`])
      expect(mayHoldPods(asked(line).info), line).toBe(true)
    for (const line of [`GET ${at}`, `DELETE ${at}`]) expect(mayHoldPods(asked(line).info), line).toBe(false)
  })
  it('is unreadable when the object is not known', () => {
    expect(gainsOfRequest(PATCH, { apiVersion: 'v1', kind: 'Status' }, undefined)).toEqual(UNREADABLE)
    expect(gainsOfRequest(PATCH, 'text', undefined)).toEqual(UNREADABLE)
    expect(gainsOfRequest(PATCH, namespace(), 'text')).toEqual(UNREADABLE)
  })
})
