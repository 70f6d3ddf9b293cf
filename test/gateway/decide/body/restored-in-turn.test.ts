import { expect, it } from 'vitest'
import { MASK_TEXT } from '../../../../domain/mask/masker.ts'
import { StatusError } from '../../../../domain/status-error.ts'
import { prepareBody, type PrepareDependencies } from '../../../../gateway/decide/body/prepare-body.ts'
import { codecs } from '../../../../gateway/mask/codecs.ts'
import { NONE_SUSPENDED } from '../../../domain/builders.ts'
import { createCluster, plannedFor, type Asking } from '../../plan/fake-cluster.ts'
import { CALLER } from '../../gateway-fixture.ts'

const SECRETS = '/api/v1/namespaces/shop/secrets'
const pack = (tree: object): Buffer => Buffer.from(codecs.gzip(Buffer.from(JSON.stringify(tree))).toString('base64'))
const revision = (version: number, note: string): Buffer => pack({ name: 'web', version, info: {}, manifest: '', config: { note } })

/** Prepares a body, and returns the calls of the gateway's own and the pieces of work that had, or did not have, a turn of the agent. */
async function prepare(asking: Asking) {
  const { deps } = createCluster({ secrets: [{ namespace: 'shop', secret: 'db', key: 'password', value: Buffer.from('hunter2') }] })
  const counts = { calls: 0, callsOutside: 0, pieces: 0 }
  let isInTurn = false
  const call = <T>(result: T): Promise<T> => {
    counts.calls += 1
    if (!isInTurn) counts.callsOutside += 1
    return Promise.resolve(result)
  }
  const liveSecrets: PrepareDependencies['liveSecrets'] = {
    find: () => call({ metadata: { name: 'db', resourceVersion: '7' }, data: { password: Buffer.from('hunter2').toString('base64') } }),
    releases: () => call([revision(2, 'second'), revision(1, 'first')]),
  }
  const { asked } = plannedFor(asking)
  const preparing = prepareBody(
    {
      ...asked,
      inTurn: async (work) => {
        isInTurn = true
        return await work().finally(() => (isInTurn = false))
      },
      slowly: (piece) => {
        counts.pieces += 1
        return Promise.resolve(piece())
      },
    },
    [],
    { ...deps, liveSecrets, evaluate: () => true, view: { suspensions: () => NONE_SUSPENDED } },
  )
  const code = await preparing.then(
    () => 200,
    (error: unknown) => (error instanceof StatusError ? error.code : 0),
  )
  return { ...counts, code }
}

it('a masked value is looked up in a turn of the agent', async () => {
  const { deps } = createCluster({ secrets: [] })
  const password = deps.masking.placeholders(CALLER.session).of({ namespace: 'shop', secret: 'db', key: 'password' }, 'aHVudGVyMg==')
  const body = { kind: 'Secret', apiVersion: 'v1', metadata: { name: 'db', namespace: 'shop' }, data: { password } }
  expect(await prepare({ method: 'PUT', path: `${SECRETS}/db`, body })).toEqual({ calls: 1, callsOutside: 0, pieces: 0, code: 200 })
})

it('the revisions of a masked Helm release are read in a turn of the agent, and each is compared in another', async () => {
  const release = Buffer.from(pack({ name: 'web', version: 3, info: { description: 'Rollback to 1' }, manifest: '', config: { note: MASK_TEXT } }))
  const metadata = { name: 'sh.helm.release.v1.web.v3', namespace: 'shop' }
  const body = { kind: 'Secret', apiVersion: 'v1', metadata, data: { release: release.toString('base64') } }
  expect(await prepare({ method: 'POST', path: SECRETS, body })).toMatchObject({ callsOutside: 0, pieces: 4, code: 200 })
})

it('a mask that is of no live value is looked for in all Helm releases, one in each turn', async () => {
  const { deps } = createCluster({ secrets: [] })
  const password = deps.masking.placeholders(CALLER.session).released({ namespace: 'shop', secret: 'db', key: 'password' }, 'another')
  const body = { kind: 'Secret', apiVersion: 'v1', metadata: { name: 'db', namespace: 'shop' }, data: { password } }
  expect(await prepare({ method: 'PUT', path: `${SECRETS}/db`, body })).toEqual({ calls: 2, callsOutside: 0, pieces: 2, code: 409 })
})
