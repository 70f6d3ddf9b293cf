import { expect, it } from 'vitest'
import { copiesToNames } from '../../../../gateway/decide/body/refuse-copies.ts'

type Asked = Parameters<typeof copiesToNames>[0]

const copies = (info: object, path: string, { op = 'copy', contentType = 'application/json-patch+json' } = {}): boolean =>
  copiesToNames({
    classified: { info: { verb: 'patch', apiGroup: '', resource: 'configmaps', subresource: '', ...info } },
    headers: new Headers({ 'content-type': contentType }),
    body: Buffer.from(
      JSON.stringify([
        { op: 'add', path: '/x', value: 1 },
        { op, from: '/data/a', path },
      ]),
    ),
  } as unknown as Asked)

it.each([
  ['the data of a ConfigMap', {}, '/data/b', false],
  ['an annotation', { resource: 'pods' }, '/metadata/annotations/a', false],
  ['a label', { apiGroup: 'apps', resource: 'deployments' }, '/metadata/labels/a', false],
  ['all annotations', {}, '/metadata/annotations', true],
  ['a name', {}, '/metadata/name', true],
  ['the data of a kind of another group', { apiGroup: 'example.com' }, '/data/b', true],
  ['the data of another kind', { resource: 'things' }, '/data/b', true],
  ['the whole object', {}, '', true],
  ['what a program behind a proxied path keeps', { resource: 'services', subresource: 'proxy' }, '/name', false],
  ['the status', { subresource: 'status' }, '/status/name', true],
])('a copy to %s', (_, info, path, refused) => {
  expect(copies(info, path)).toBe(refused)
})

it('moves are as copies, other operations and patches are none, and parameters of the media type change nothing', () => {
  const at = '/metadata/name'
  expect([copies({}, at, { op: 'move' }), copies({}, at, { op: 'add' }), copies({ verb: 'create' }, at)]).toEqual([true, false, false])
  expect(copies({}, at, { contentType: 'application/merge-patch+json' })).toBe(false)
  expect(copies({}, at, { contentType: 'Application/JSON-Patch+json; charset=utf-8' })).toBe(true)
})
