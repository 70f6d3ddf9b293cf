import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { uniqueName } from '../../cluster/environment.ts'
import { until } from '../../until.ts'
import { openHarness, type Harness } from '../harness.ts'

/** X. Reading a value letter by letter through how masking treats the agent's guesses. None of these needs a grant. */
let harness: Harness
const JIT = '/apis/jit.access/v1'
beforeAll(async () => {
  harness = await openHarness('attack-oracles')
})
afterAll(() => harness.finish())

/** A text that kube-apiserver echoes unchanged. */
async function echoed(text: string): Promise<string> {
  const body = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: { verb: 'get', resource: 'pods', name: text } },
  }
  const answer = await harness.json('POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews', body)
  expect(answer.status, answer.text).toBe(201)
  return (JSON.parse(answer.text) as typeof body).spec.resourceAttributes.name
}

describe('X. guesses', () => {
  it('X50 no letter beyond the well-known beginning of a key file can be found out', async () => {
    const id = randomBytes(20).toString('hex')
    const known = `{\n  "type": "service_account",\n  "project_id": "${uniqueName('shop')}",\n  "private_key_id": "`
    await harness.secret('key-file', { 'key.json': `${known}${id}",\n  "client_email": "deploy@shop-prod.iam.example.com"\n}\n` })
    await harness.learned()
    const told: number[] = []
    for (let at = 0; at < 24; at++) {
      const right = id[at] as string
      const wrong = right === '0' ? '1' : '0'
      const guess = async (letter: string): Promise<string> => {
        const guessed = `${id.slice(0, at)}${letter}${'~'.repeat(80)}`
        return (await echoed(`${known}${guessed}`)).replace(guessed, 'as it was sent')
      }
      const [one, other] = [await guess(right), await guess(wrong)]
      if (one !== other) told.push(at)
    }
    // The end of a 32-byte block, if it lies here: an agent that has guessed the whole block may find out.
    expect(told.length, told.join()).toBeLessThanOrEqual(1)
  })

  it('X51 the displayed path of a held operation does not reveal whether it ends like the beginning of a value', async () => {
    const value = `postgres://shop:${randomBytes(15).toString('hex')}@db:5432/shop`
    harness.canaries.push(value)
    await harness.secret('database', { url: value })
    await harness.learned()
    const shown = async (): Promise<readonly string[]> => {
      const { items } = JSON.parse((await harness.send(`GET ${JIT}/accessrequests`)).text) as { readonly items: readonly AccessRequest[] }
      return items.map(({ spec }) => spec.operation?.path ?? '').filter((path) => path.startsWith(harness.in('configmaps?guess=')))
    }
    for (const [index, guess] of [value.slice(0, 20), `${value.slice(0, 19)}x`].entries()) {
      const held = await harness.open(`DELETE ${harness.in('configmaps')}?guess=${encodeURIComponent(guess)}`)
      await until('an approver is asked', async () => (await shown()).length > index)
      held.leave()
    }
    const paths = await shown()
    expect(new Set(paths.map((path) => path.length)).size, paths.join(' ')).toBe(1)
    expect(paths.length).toBe(2)
  })
})
