import { describe, expect, it } from 'vitest'
import { TooExpensiveError } from '../../../domain/condition-evaluator.ts'
import { createConditionEvaluator } from '../../../server/conditions/cel.ts'
import { AGENT } from '../../domain/builders.ts'

/** X. Objects of an agent that keep the conditions of a policy busy. */
const request = { verb: 'create', group: '', version: 'v1', resource: 'pods', subresource: '', namespace: 'shop', name: '', path: '', dryRun: false }
const labels = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`k${index}`, 'a']))
const object = { metadata: { labels }, lists: [[labels]], spec: { containers: Array.from({ length: 3000 }, () => ({ image: 'a' })) } }
const evaluate = createConditionEvaluator()

describe('X. conditions', () => {
  it.each([
    'object.metadata.labels.exists(k, k == "k0") && c.image == "b"',
    '!object.metadata.labels.all(k, k != "k0") && c.image == "b"',
    'object.metadata.labels.filter(k, false).size() > 0',
    '-object.metadata.labels > 0',
    '!object.metadata.labels',
    'object.metadata.labels && true',
    '(object.metadata.labels ? 1 : 2) == 3',
    '-object.metadata > 0',
    'object.metadata < 1',
    'size(object.lists) > 0 && object.lists < 1',
    'cel.bind(v, c.image, object.metadata)',
  ])('X377 an object of an agent with many keys does not stop the gateway by a condition with %s', (inner) => {
    const input = { request, user: AGENT, object }
    expect(() => evaluate(`object.spec.containers.exists(c, ${inner})`, input)).toThrow(TooExpensiveError)
  })
})
