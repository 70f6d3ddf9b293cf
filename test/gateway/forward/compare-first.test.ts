import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { liveGrant } from '../../domain/builders.ts'
import { createFixture, type Seen, type Fixture } from '../gateway-fixture.ts'

let fixture: Fixture
beforeAll(async () => {
  fixture = await createFixture()
  fixture.grants.push(liveGrant({ rules: [{ verbs: ['*'], resources: ['secrets', 'configmaps'], namespaces: ['shop'] }] }))
  Object.assign(fixture.policies[0]?.spec ?? {}, { masking: { fields: [{ resources: ['configmaps'], paths: ['.data.a'] }] } })
})
afterAll(() => fixture.stop())
beforeEach(() => void (fixture.seen.length = 0))

type Data = { readonly [key: string]: string }
/** A fake server with one object. It implements server-side apply as kube-apiserver does. The fields in `fixed` are immutable. */
type Live = {
  readonly data: Data
  readonly owners: { readonly [key: string]: string }
  readonly fixed: readonly string[]
  /** The number of requests after which the object exists. */
  readonly appears: number
  /** The number of requests after which the object has another version. */
  readonly moves: number
}

function serve(live: Live): void {
  let count = 0
  fixture.state.reply = (request, response, { body }: Seen) => {
    const at = count++
    const sent = JSON.parse(body.toString()) as { readonly metadata?: { readonly resourceVersion?: string }; readonly data?: Data }
    const answer = (status: number, object: object): void =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(object))
    const kind = request.url?.includes('/secrets/') === true ? 'Secret' : 'ConfigMap'
    const object = (data: Data, resourceVersion?: string) => ({
      kind,
      apiVersion: 'v1',
      metadata: { name: 'db', namespace: 'shop', resourceVersion },
      data,
    })
    if (at < live.appears) return answer(201, object(sent.data ?? {}))
    const version = at < live.moves ? '7' : '8'
    const differ = Object.entries(sent.data ?? {}).filter(([key, value]) => live.data[key] !== value)
    const force = new URL(request.url ?? '', 'http://x').searchParams.get('force') === 'true'
    const taken =
      force || request.headers['content-type'] !== 'application/apply-patch+yaml' ? [] : differ.filter(([key]) => live.owners[key] !== undefined)
    const causes = taken.map(([key]) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with "${live.owners[key]}" using v1`,
      field: `.data.${key}`,
    }))
    if (causes.length > 0) return answer(409, { kind: 'Status', reason: 'Conflict', message: 'Apply failed', details: { causes }, code: 409 })
    const fixed = differ.filter(([key]) => live.fixed.includes(key))
    const message = `may not change: ${fixed.map(([key]) => `${key} is ${live.data[key]}`).join()}`
    if (fixed.length > 0) return answer(422, { kind: 'Status', reason: 'Invalid', message, code: 422 })
    if (sent.metadata?.resourceVersion !== undefined && sent.metadata.resourceVersion !== version)
      return answer(409, { kind: 'Status', reason: 'Conflict', message: 'the object has been modified', code: 409 })
    answer(200, object({ ...live.data, ...sent.data }, version))
  }
}

const APPLY = 'application/apply-patch+yaml'
const coded = (text: string): string => Buffer.from(text).toString('base64')

/** Everything that the agent sees of a write. */
async function outcome(line: string, type: string, body: object, live: Live): Promise<string> {
  serve(live)
  const { status, body: text } = await fixture.send(line, [`Content-Type: ${type}`], JSON.stringify(body))
  return `${status} ${text.slice(Math.max(0, text.indexOf('{')))}`
}

const SECRET = 'PATCH /api/v1/namespaces/shop/secrets/db?fieldManager=helm'
const LIVE: Live = { data: { a: coded('live-one') }, owners: {}, fixed: [], appears: 0, moves: 99 }
const apply = (data: Data) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db', namespace: 'shop' }, data })

describe('server-side apply of a Secret', () => {
  it('succeeds when the Secret does not exist yet', async () =>
    expect(await outcome(SECRET, APPLY, apply({ a: coded('x') }), { ...LIVE, appears: 9 })).toMatch(/^201/))
  it('succeeds when no other manager owns the values', async () =>
    expect(await outcome(SECRET, APPLY, apply({ a: coded('x') }), LIVE)).toMatch(/^200/))
  it('conflicts when another manager owns the values, for right and wrong guesses, and names it', async () => {
    const owned = { ...LIVE, owners: { a: 'kubectl-create' } }
    const [right, wrong] = [await outcome(SECRET, APPLY, apply(LIVE.data), owned), await outcome(SECRET, APPLY, apply({ a: coded('x') }), owned)]
    expect(right).toBe(wrong)
    expect(right).toMatch(/^409 .*kubectl-create/)
    expect(fixture.seen.every(({ line, body }) => line.includes('dryRun=All') && !body.includes(coded('live-one')))).toBe(true)
  })
})

describe('a field that a policy hides', () => {
  const path = '/api/v1/namespaces/shop/configmaps/db'
  const write = (value: string, live: Live) => outcome(`PATCH ${path}`, 'application/merge-patch+json', { data: { a: value } }, live)
  it('is disclosed neither by a right guess nor by the error when it is immutable', async () => {
    const live = { ...LIVE, data: { a: 'hidden-value-7' }, fixed: ['a'] }
    const [right, wrong] = [await write('hidden-value-7', live), await write('another-value-7', live)]
    expect(right).toBe(wrong)
    expect(right).toMatch(/^422/)
    expect(wrong).not.toContain('hidden-value-7')
  })
  it('can be written by the agent', async () => expect(await write('new', { ...LIVE, data: { a: 'old' } })).toMatch(/^200/))
  it('cannot be written in a dry run', async () =>
    expect(await outcome(`PATCH ${path}?dryRun=All`, 'application/merge-patch+json', { data: { a: 'x' } }, LIVE)).toMatch(/^403/))
})

it('no comparing write distinguishes two live values', async () => {
  const key = fc.constantFrom('a', 'b')
  const live = fc.record({
    owners: fc.dictionary(key, fc.constantFrom('kubectl', 'other')),
    fixed: fc.array(key),
    appears: fc.integer({ min: 0, max: 3 }),
    moves: fc.integer({ min: 0, max: 4 }),
  })
  const guess = fc.dictionary(key, fc.constantFrom('live-one', 'live-two', 'neither'))
  const dry = fc.constantFrom('', '&dryRun=All')
  await fc.assert(
    fc.asyncProperty(live, guess, dry, async (state, data, more) => {
      // Known gap: a Secret that is created as immutable in between allows one guess for each such Secret.
      fc.pre(state.fixed.length === 0 || state.appears === 0)
      const coding = Object.fromEntries(Object.entries(data).map(([name, text]) => [name, coded(text)]))
      const seen: string[] = []
      for (const value of ['live-one', 'live-two']) {
        const full = { ...state, data: { a: coded(value), b: coded(value) } }
        const answer = await outcome(`${SECRET}${more}`, APPLY, apply(coding), full)
        // A key that the write does not set is shown with its keyed fingerprint, as in a read. It differs, but does not test a guess.
        seen.push(answer.replaceAll(/"([ab])":"[A-Za-z0-9+/=]{56}"/g, (shown, name: string) => (name in coding ? shown : `"${name}":"of a read"`)))
      }
      expect(seen[0]).toBe(seen[1])
    }),
    { numRuns: 120 },
  )
})
