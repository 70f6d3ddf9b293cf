import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createKnownValues, createMasker } from '../../../domain/mask/masker.ts'
import { writtenValues } from '../../../domain/mask/restore.ts'
import { gainsOf } from '../../../domain/workload/gains.ts'
import { refuseLongNumbers } from '../../../gateway/decide/body/prepare-body.ts'
import { codecs } from '../../../gateway/mask/codecs.ts'
import { SecretLearner } from '../../../gateway/mask/values/secret-learner.ts'
import { placeholders } from '../../domain/mask/mask-fixtures.ts'
import { createFixture, type Fixture } from '../../gateway/gateway-fixture.ts'
import { costExponent, costRatio, LINEAR } from '../../measure/processor-cost.ts'

/** X. Texts that are made to take the gateway's time or memory. Nobody waits for a text that somebody else wrote. */
let fixture: Fixture
beforeAll(async () => {
  fixture = await createFixture()
})
afterAll(() => fixture.stop())

const base64 = (text: string | Buffer): string => Buffer.from(text).toString('base64')

/** A list with one Secret, which holds a Helm release. */
const releaseList = (manifest: string): Buffer => {
  const release = base64(base64(gzipSync(JSON.stringify({ name: 'web', manifest, config: {} }))))
  const metadata = { name: 'sh.helm.release.v1.web.v1', namespace: 'shop' }
  return Buffer.from(
    JSON.stringify({ kind: 'SecretList', apiVersion: 'v1', metadata: {}, items: [{ metadata, type: 'helm.sh/release.v1', data: { release } }] }),
  )
}
const maskList = (list: Buffer): Buffer => {
  const masker = createMasker('secret', { known: createKnownValues([]), placeholders, codecs, namespace: 'shop' })
  return Buffer.concat([masker.push(list), masker.end()])
}

const sized = (token: string, letters: string) => async () => {
  const bytes = `GET /api/v1/pods?x=${letters.repeat(45_000)} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`
  expect((await fixture.raw(bytes)).status).toBe(401)
}

const learn = (size: number): unknown =>
  createKnownValues([
    { namespace: 'shop', secret: 'db', key: 'tls.key', value: Buffer.from(`${'-----BEGIN CERTIFICATE-----'.repeat(size / 27)}-----END `) },
  ])

const pod = (count: number): object => {
  const volumes = Array.from({ length: count }, (_, index) => ({ name: `v${index}`, hostPath: { path: '/' } }))
  const volumeMounts = volumes.map(({ name }) => ({ name, mountPath: `/${name}` })).toReversed()
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec: { volumes, containers: [{ name: 'a', image: 'a', volumeMounts }] } }
}

const read = (size: number): void => refuseLongNumbers(Buffer.from(`"${'\\"'.repeat(size / 2)}`))

describe('X. a hostile text', () => {
  it('X360 a token and a URL of one letter cost an anonymous client about as much as others', async () => {
    const ordinary = sized('abcd'.repeat(8_000), 'wxyz')
    expect(await costRatio(sized(`${'a'.repeat(16_000)}b${'a'.repeat(16_000)}`, 'aaaa'), ordinary, 3)).toBeLessThan(12)
  })

  it('X361 a value with many beginnings of PEM blocks is learned in linear time', async () => {
    expect(await costExponent(learn, [1 << 14, 1 << 17], 3)).toBeLessThan(LINEAR)
  })

  it('X362 a small Secret with a long manifest is listed in linear time', async () => {
    const lists = new Map(
      [2_000, 20_000].map((lines) => [
        lines,
        releaseList(`kind: Secret\nmetadata:\n  name: a\ndata:\n  a: Yg==\n${'\n'.repeat(lines)}${'   x\n'.repeat(lines)}`),
      ]),
    )
    expect(await costExponent((lines) => maskList(lists.get(lines) as Buffer), [2_000, 20_000], 3)).toBeLessThan(LINEAR)
  })

  it('X363 a Secret that makes much of little is masked whole', () => {
    const bomb = releaseList('x'.repeat(8 << 20))
    expect(bomb.length).toBeLessThan(32_000)
    expect(maskList(bomb).length).toBeLessThan(1_000)
  })

  it('X364 a pod with many volumes and mounts is weighed in linear time', async () => {
    expect(await costExponent((count) => gainsOf(pod(count), undefined), [1_000, 10_000], 3)).toBeLessThan(LINEAR)
  })

  it('X365 a body that is an unfinished string is refused in linear time', async () => {
    expect(await costExponent(read, [1 << 13, 1 << 16], 3)).toBeLessThan(LINEAR)
  })

  it('X366 a JSON Patch of a Secret with many operations is read in linear time', async () => {
    const contentType = 'application/json-patch+json'
    const patch = (count: number): unknown => {
      const operations = Array.from({ length: count }, (_, index) => ({ op: 'add', path: `/data/a${index}`, value: 'eA==' }))
      return writtenValues({ contentType, body: Buffer.from(JSON.stringify(operations)), parseYaml: () => undefined })
    }
    expect(await costExponent(patch, [1_000, 10_000], 3)).toBeLessThan(LINEAR)
  })

  it('X367 a tenant that rewrites its Secret keeps a bounded memory, and takes no value from others', () => {
    const learner = new SecretLearner({ known: createKnownValues([]), clock: { nowMs: () => 0 }, onFailed: () => undefined })
    const set = (namespace: string, key: string, text: string): void =>
      learner.change({ type: 'MODIFIED', object: { metadata: { name: 'db', namespace }, data: { [key]: base64(text) } } })
    set('shop', 'key', 'rotated')
    set('shop', 'key', 'now')
    const keys = Array.from({ length: 40 }, (_, index) => `k${index}`)
    for (const key of keys) set('tenant', key, key.padEnd(600_000, 'x'))
    const kept = keys.filter((key) => learner.lookup('tenant', 'db', key) !== undefined)
    expect(kept.length).toBeLessThan(15)
    expect(kept).toContain('k38')
    expect(learner.lookup('shop', 'db', 'key')?.toString()).toBe('rotated')
  })
})
