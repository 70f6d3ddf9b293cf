import { describe, expect, it } from 'vitest'
import { responseHeaders } from '../../../gateway/mask/response-headers.ts'
import { createMasking } from '../../../gateway/mask/values/masking.ts'
import type { Secret } from '../../../gateway/mask/values/secret-learner.ts'
import { refusedWrite } from '../../../gateway/decide/body/refused-write.ts'
import { makePlan } from '../../../gateway/plan/make-plan.ts'
import { createCluster, plannedFor } from '../../gateway/plan/fake-cluster.ts'

/** X. What repeats the words of an agent that has no grant: a mask in it would tell which of many guesses are values of Secrets of others. */
const [PIN, TOKEN] = ['73914826', 'Tr0ub4dor&3']
const GUESSES = `pin=73914825 pin=${PIN} pin=73914827 Tr0ub4dor&2 ${TOKEN}`
const WORDS = Array.from({ length: 60 }, (_, at) => `winter${at}`)
const OTHER = 'kT9xvQ2mZ7pLw4RbN1sD'

const quoting = (text: string): string => `spec.name: Invalid value: "${text}": a label must be one`
const base64 = (text: string): string => Buffer.from(text).toString('base64')

async function maskingOf(data: { readonly [key: string]: string }) {
  const object: Secret = {
    metadata: { name: 'atm', namespace: 'bank' },
    data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, base64(value)])),
  }
  const masking = createMasking({
    secrets: {
      start: () => {},
      stop: () => {},
      synced: () => true,
      whenSynced: () => Promise.resolve(),
      list: () => [object],
      get: () => object,
      staleForMs: () => 0,
      away: () => false,
      subscribe: (listener) => (listener({ type: 'ADDED', object }), () => {}),
    },
    clock: { nowMs: () => 0 },
    key: Buffer.alloc(32, 1),
    onFailed: (error) => {
      throw error
    },
  })
  await masking.values()
  return masking
}

describe('X. the words of an agent', () => {
  it('X504 are not masked in warnings and in the error of a write that was tried, and what stands beside them is', async () => {
    const masking = await maskingOf({ pin: PIN, token: TOKEN, other: OTHER })
    const { asked } = plannedFor({ method: 'PATCH', path: '/api/v1/namespaces/shop/pods/a/ephemeralcontainers', body: { name: GUESSES } })
    const mask = (text: string): string => masking.agentText(text, asked)
    const { warning } = responseHeaders(
      { headers: { warning: [`299 - "unknown field ${GUESSES}"`, `299 - "${OTHER} pin=1"`] } },
      { info: asked.classified.info, hidesFields: false, auditID: 'a', warnings: [], mask },
    )
    expect(warning).toEqual([`299 - "unknown field ${GUESSES}"`, '299 - "[jit.access/masked] pin=1"'])
    const refused = (text: string): string => {
      const reply = { status: 422, text: JSON.stringify({ kind: 'Status', apiVersion: 'v1', message: quoting(text), code: 422 }) }
      return refusedWrite({ asked, decided: plannedFor({ method: 'GET', path: '/' }) }, reply, { masking, readable: true }).message
    }
    expect(refused(GUESSES)).toBe(quoting(GUESSES))
    expect(refused(`${OTHER} ${GUESSES}`)).toBe(quoting(`[jit.access/masked] ${GUESSES}`))
    expect(masking.agentText(GUESSES, plannedFor({ method: 'GET', path: '/api/v1/pods' }).asked)).not.toContain(PIN)
  })

  it('X507 are not masked in what repeats them when they were sent in escapes of JSON, YAML or URLs', async () => {
    const masking = await maskingOf({ pin: PIN, token: TOKEN })
    const repeated = (by: { readonly type?: string; readonly body?: string; readonly search?: string }): string => {
      const { asked } = plannedFor({ method: 'POST', path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', type: by.type ?? '' })
      return masking.agentText(GUESSES, { ...asked, search: by.search ?? '', body: Buffer.from(by.body ?? '') })
    }
    const escaped = (escapes: (code: string) => string): string => GUESSES.replaceAll(/[47]/g, (digit) => escapes(digit.charCodeAt(0).toString(16)))
    const json = escaped((code) => String.raw`\u00${code}`)
    expect(JSON.parse(`"${json}"`)).toBe(GUESSES)
    expect(repeated({ type: 'application/json', body: `{"name":"${json}"}` })).toBe(GUESSES)
    expect(repeated({ type: 'application/yaml', body: `name: "${escaped((code) => String.raw`\x${code}`)}"` })).toBe(GUESSES)
    expect(repeated({ type: 'application/yaml', body: `name: >-\n  ${GUESSES.replaceAll(' ', '\n  ')}` })).toBe(GUESSES)
    const percent = GUESSES.replaceAll(/./g, (sign) => `%${sign.charCodeAt(0).toString(16)}`)
    expect(repeated({ search: `container=${percent}` })).toBe(GUESSES)
    expect(repeated({})).not.toContain(PIN)
    expect(repeated({})).not.toContain(TOKEN)
  })

  it('X505 do not tell in its own plan which of them are values that can be guessed', async () => {
    const secret = { namespace: 'bank', secret: 'atm' }
    const secrets = [PIN, OTHER].map((value, at) => ({ ...secret, key: ['pin', 'other'][at] ?? '', value: Buffer.from(value) }))
    const known = WORDS.map((word) => ({ ...secret, key: word, value: Buffer.from(word) }))
    const cluster = createCluster({ secrets: [...secrets, ...known] })
    cluster.put('one', { data: { a: 'old', z: `pin=${PIN}` } })
    const plan = async (text: string): Promise<string> => {
      const body = { metadata: { name: 'new' }, data: { text } }
      const { shown } = await makePlan(plannedFor({ method: 'POST', path: '/api/v1/namespaces/shop/configmaps', body }), cluster.deps, 'show')
      return `${shown.body ?? ''}\n${shown.diff ?? ''}`
    }
    const words = await plan(`pin=73914825 pin=${PIN} ${OTHER}`)
    expect(words).toContain(`pin=73914825 pin=${PIN} [masked: secret bank/atm key other]`)
    expect(words).not.toContain('[jit.access/masked]')
    const patch = {
      method: 'PATCH',
      path: '/api/v1/namespaces/shop/configmaps/one',
      type: 'application/merge-patch+json',
      body: { data: { a: 'b' } },
    }
    expect((await makePlan(plannedFor(patch), cluster.deps, 'show')).shown.diff).not.toContain(PIN)
    // More than is searched through: 128 MiB for one text.
    const known60 = WORDS.map((word) => `password=${word}`).join(' ')
    const fill = { ...patch, query: `x=${'x'.repeat(2 << 20)}`, body: { data: { a: known60 } } }
    expect((await makePlan(plannedFor(fill), cluster.deps, 'show')).shown.diff).not.toContain(PIN)
  })
})
