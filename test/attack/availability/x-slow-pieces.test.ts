import { connect } from 'node:tls'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createKnownValues, MASK_TEXT, releasedIn, type Codecs, type Placeholders } from '../../../domain/mask/masker.ts'
import { restorePlaceholders } from '../../../domain/mask/restore.ts'
import { StatusError } from '../../../domain/status-error.ts'
import { codecs } from '../../../gateway/mask/codecs.ts'
import { createLimits } from '../../../gateway/wire-limits.ts'
import { asked } from '../../domain/builders.ts'
import { placeholders } from '../../domain/mask/mask-fixtures.ts'
import { CALLER, createFixture, maskingOf, type Fixture } from '../../gateway/gateway-fixture.ts'
import { until } from '../../until.ts'

/** X. Pieces that are masked at once and take long, such as a Helm release that is packed in one value. */
const EVIL = { ...CALLER, identity: { ...CALLER.identity, username: 'oidc:evil' }, session: 'session-2' }
const PIECE_MS = 2_000
const AT_ONCE = 20

let fixture: Fixture
let nowMs = 0
/** Masking a value of a Secret takes two seconds, on a clock that nothing else moves. */
const slow = (fast: Placeholders): Placeholders => ({
  ...fast,
  of: (place, base64) => {
    nowMs += PIECE_MS
    return fast.of(place, base64)
  },
  open: (place) => {
    nowMs += PIECE_MS
    return fast.open(place)
  },
})
beforeAll(async () => {
  const masking = maskingOf([])
  fixture = await createFixture(() => ({
    authenticator: (token) =>
      token === 'evil' ? Promise.resolve(EVIL) : token === 'good' ? Promise.resolve(CALLER) : Promise.reject(new StatusError('Unauthorized', 'no')),
    limits: createLimits({}, undefined, () => nowMs),
    masking: { ...masking, placeholders: (session) => slow(masking.placeholders(session)) },
  }))
  const secret = { kind: 'Secret', apiVersion: 'v1', metadata: { name: 'big', namespace: 'shop' }, data: { release: 'cmVsZWFzZQ==' } }
  fixture.state.reply = (_, response) => void response.setHeader('content-type', 'application/json').end(JSON.stringify(secret))
})
afterAll(() => fixture.stop())

const request = (token: string): string =>
  `GET /api/v1/namespaces/shop/secrets/big HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`
const read = (token: string) => fixture.raw(request(token))

it('X445 an agent that reads a large Helm release again and again waits for itself, and others do not', async () => {
  let done = 0
  const evil = Array.from({ length: AT_ONCE }, async () => {
    const answer = await read('evil')
    done++
    return answer
  })
  await until('its first answers are sent', () => done >= 2)
  await until('all others are asked for', () => fixture.seen.length === AT_ONCE)
  expect((await read('good')).status).toBe(200)
  expect(done).toBe(2)
  await until('they are answered as time goes on', () => ((nowMs += 1_000), done === AT_ONCE))
  expect(new Set((await Promise.all(evil)).map(({ status }) => status))).toEqual(new Set([200]))
})

it('X448 work that waits is not done for those who leave: an agent that ends its requests does not cause all of it at once', async () => {
  nowMs += 60_000
  fixture.seen.length = 0
  let done = 0
  const sockets = Array.from({ length: AT_ONCE }, () => {
    const socket = connect(
      { host: '127.0.0.1', port: fixture.port, ca: fixture.ca, servername: 'localhost' },
      () => void socket.write(request('evil')),
    )
    return socket.on('error', () => {}).once('data', () => done++)
  })
  await until('its first answers are sent', () => done >= 2)
  await until('all others are asked for', () => fixture.seen.length === AT_ONCE)
  const beforeMs = nowMs
  for (const socket of sockets) socket.destroy()
  await until('none is served any more', () => fixture.deps.limits.inFlight === 0)
  expect(nowMs).toBe(beforeMs)
})

const pack = (tree: object): string => codecs.gzip(Buffer.from(JSON.stringify(tree))).toString('base64')
const revision = (version: number, info: object = {}): object => ({ name: 'web', version, info, manifest: '', config: { note: `note ${version}` } })
const shown = (version: number, info: object): object => ({ ...revision(version, info), config: { note: MASK_TEXT } })

it('X446 a Helm release with masks that comes back is compared with one revision at a time, and those that it names first', async () => {
  const revisions = [5, 4, 3, 2, 1].map((version) => Buffer.from(pack(revision(version))))
  const counts = { inPiece: 0, most: 0, all: 0, outside: 0 }
  let isPiece = false
  const counting: Codecs = {
    ...codecs,
    gunzip: (bytes) => {
      if (isPiece) counts.inPiece++
      else counts.outside++
      counts.all++
      return codecs.gunzip(bytes)
    },
  }
  const slowly = <T>(piece: () => T): Promise<T> => {
    counts.inPiece = 0
    isPiece = true
    const result = piece()
    isPiece = false
    counts.most = Math.max(counts.most, counts.inPiece)
    return Promise.resolve(result)
  }
  const put = (tree: object): ReturnType<typeof restorePlaceholders> => {
    Object.assign(counts, { most: 0, all: 0, outside: 0 })
    const name = 'sh.helm.release.v1.web.v9'
    const data = { release: Buffer.from(pack(tree)).toString('base64') }
    const body = Buffer.from(JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'shop' }, data }))
    return restorePlaceholders(
      { info: asked('POST /api/v1/namespaces/shop/secrets').info, contentType: 'application/json', body },
      {
        placeholders,
        lookup: () => undefined,
        revisions: () => Promise.resolve(revisions),
        unpacking: { known: createKnownValues([]), codecs: counting, released: releasedIn('shop', placeholders) },
        slowly,
      },
    )
  }
  expect(await put(shown(9, { description: 'Rollback to 4' }))).toMatchObject({ kind: 'restored' })
  expect(counts).toMatchObject({ most: 1, outside: 1 })
  expect(await put(shown(5, {}))).toMatchObject({ kind: 'restored' })
  // The body, and the first revision.
  expect(counts).toMatchObject({ most: 1, outside: 1, all: 2 })
  expect(await put(shown(9, {}))).toMatchObject({ kind: 'refused' })
  expect(counts).toMatchObject({ most: 1, outside: 1 })
})
