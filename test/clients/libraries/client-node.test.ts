import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import {
  ApiException,
  Attach,
  CoreV1Api,
  Cp,
  Exec,
  KubeConfig,
  Log,
  makeInformer,
  PatchStrategy,
  PortForward,
  setHeaderOptions,
  Watch,
  type V1ConfigMap,
  type V1Status,
} from '@kubernetes/client-node'
import { beforeAll, describe, expect, it } from 'vitest'
import { withoutChance } from '../alike.ts'
import { clientNode } from '../operations.ts'
import { makeSharedObjects } from '../shared-objects.ts'
import { until } from '../../until.ts'
import { SIDES, workspace, type Side } from '../workspace.ts'

const on = workspace()
beforeAll(() => makeSharedObjects(on().shared))

type At = { readonly side: Side; readonly config: KubeConfig; readonly core: CoreV1Api; readonly shared: string; readonly own: string }

function at(side: Side): At {
  const config = new KubeConfig()
  config.loadFromFile(on().kubeconfigs[side])
  return { side, config, core: config.makeApiClient(CoreV1Api), shared: on().shared, own: on().own[side] }
}

const map = (name: string, value: string): V1ConfigMap => ({ metadata: { name }, data: { value } })

/** Collects what a stream sends, and waits for parts of it. */
function reader() {
  const stream = new PassThrough()
  let text = ''
  stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  return { stream, text: () => text, says: (word: string) => until(`it says ${word}`, () => text.includes(word)) }
}

/** Creates, changes and deletes a ConfigMap for watchers. */
async function change({ core, own }: At, name: string): Promise<void> {
  await core.createNamespacedConfigMap({ namespace: own, body: map(name, '1') })
  await core.replaceNamespacedConfigMap({ namespace: own, name, body: map(name, '2') })
  await core.deleteNamespacedConfigMap({ namespace: own, name })
}

const told = (error: unknown): unknown =>
  error instanceof ApiException ? { code: error.code, body: JSON.parse(String(error.body)) as unknown } : Promise.reject(error)

const walks: { readonly [operation in (typeof clientNode)[number]]: (at: At) => Promise<unknown> } = {
  list: ({ core, shared }) => core.listNamespacedPod({ namespace: shared, labelSelector: 'app in (talker,listener)' }),
  'read of what is not there': ({ core, shared }) => core.readNamespacedPod({ namespace: shared, name: 'nobody' }).catch(told),
  watch: async (here) => {
    const saw: string[] = []
    const watching = await new Watch(here.config).watch(
      `/api/v1/namespaces/${here.own}/configmaps`,
      { fieldSelector: 'metadata.name=watched' },
      (phase) => saw.push(phase),
      () => undefined,
    )
    await change(here, 'watched')
    await until('it saw the end', () => saw.includes('DELETED'))
    watching.abort()
    return saw
  },
  informer: async (here) => {
    const saw: string[] = []
    const list = () => here.core.listNamespacedConfigMap({ namespace: here.own })
    const informer = makeInformer(here.config, `/api/v1/namespaces/${here.own}/configmaps`, list)
    for (const verb of ['add', 'update', 'delete'] as const)
      informer.on(verb, ({ metadata }: V1ConfigMap) => metadata?.name === 'informed' && saw.push(verb))
    await informer.start()
    await change(here, 'informed')
    await until('it saw the end', () => saw.includes('delete'))
    await informer.stop()
    return saw
  },
  create: ({ core, own }) => core.createNamespacedConfigMap({ namespace: own, body: map('made', '1') }),
  replace: ({ core, own }) => core.replaceNamespacedConfigMap({ namespace: own, name: 'made', body: map('made', '2') }),
  'patch, merge': ({ core, own }) =>
    core.patchNamespacedConfigMap(
      { namespace: own, name: 'made', body: { data: { more: '3' } } },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    ),
  'patch, JSON': ({ core, own }) =>
    core.patchNamespacedConfigMap({ namespace: own, name: 'made', body: [{ op: 'replace', path: '/data/value', value: '4' }] }),
  apply: ({ core, own }) =>
    core.patchNamespacedConfigMap(
      {
        namespace: own,
        name: 'applied',
        fieldManager: 'table',
        body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'applied' }, data: { value: '1' } },
      },
      setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply),
    ),
  delete: ({ core, own }) => core.deleteNamespacedConfigMap({ namespace: own, name: 'made' }),
  log: ({ core, shared }) => core.readNamespacedPodLog({ namespace: shared, name: 'talker' }),
  'log, followed': async ({ config, shared }) => {
    const out = reader()
    await new Log(config).log(shared, 'talker', 'main', out.stream, { follow: true, limitBytes: 21 }) // three lines
    await out.says('line 3\n')
    return out.text()
  },
  exec: async ({ config, shared }) => {
    const [stdout, stderr, stdin] = [reader(), reader(), new PassThrough()]
    const script = ['sh', '-c', 'read line; echo "read $line"; echo err >&2; exit 6']
    const status = await new Promise<V1Status>((resolve, reject) => {
      new Exec(config).exec(shared, 'talker', 'main', script, stdout.stream, stderr.stream, stdin, false, resolve).catch(reject)
      stdin.write('a line\n')
    })
    return { status, stdout: stdout.text(), stderr: stderr.text() }
  },
  attach: async ({ config, shared, side }) => {
    const [stdout, stdin] = [reader(), new PassThrough()]
    const socket = await new Attach(config).attach(shared, 'listener', 'main', stdout.stream, null, stdin, false)
    // Input while a stream is being attached may be lost, directly at kube-apiserver too.
    await until(
      'it answers',
      () => {
        stdin.write(`node ${side}\n`)
        return stdout.text().includes(`said node ${side}\n`)
      },
      { everyMs: 300 },
    )
    socket.close()
    return stdout.text().includes(`said node ${side}\n`)
  },
  'port-forward': async ({ config, shared }) => {
    const [out, input] = [reader(), new PassThrough()]
    const socket = await new PortForward(config).portForward(shared, 'talker', [8080], out.stream, null, input)
    input.write('GET /index.html HTTP/1.0\r\n\r\n')
    await out.says('hello from the pod')
    if (typeof socket !== 'function') socket.close()
    return out.text().replace(/Date: .*\r\n|Last-Modified: .*\r\n/gi, '')
  },
  'cp from a pod': async ({ config, shared, side }) => {
    const back = join(on().folder, `back-${side}`)
    await mkdir(back)
    await new Cp(config).cpFromPod(shared, 'talker', 'main', 'index.html', back, '/www')
    // Its promise does not wait for the file.
    const read = () => readFile(join(back, 'index.html'), 'utf8').catch(() => '')
    await until('the file is there', async () => (await read()) !== '')
    return read()
  },
}

describe('@kubernetes/client-node', () => {
  it.each(clientNode)('%s', async (operation) => {
    const [direct, gateway] = await Promise.all(
      SIDES.map(async (side) => withoutChance(JSON.stringify(await walks[operation](at(side)), null, 1) ?? '', { [on().own[side]]: 'NS' })),
    )
    expect(gateway).toEqual(direct)
  })
})
