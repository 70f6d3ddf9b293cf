import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sweepClusters } from '../../../hack/cluster/leases/port-leases.ts'
import { settingsOf } from '../../../hack/cluster/settings.ts'
import { startCluster } from '../../../hack/cluster/start-cluster.ts'
import { until } from '../../until.ts'
import { NO_TRACES, tracesOf } from './traces.ts'

const MAIN = join(import.meta.dirname, '../../../hack/cluster/main.ts')

describe.skipIf(process.platform !== 'linux')('a cluster ends without a trace', () => {
  let parent: string
  let dir: string
  let main: ChildProcess | undefined
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'jit-cleanup-'))
    dir = join(parent, 'cluster')
  })
  afterEach(async () => {
    main?.kill('SIGKILL')
    main = undefined
    await sweepClusters(() => undefined)
    await rm(parent, { recursive: true, force: true })
  })

  const launch = async (said: RegExp): Promise<number> => {
    const child = spawn(process.execPath, [MAIN, '--dir', dir], { stdio: ['ignore', 'ignore', 'pipe'] })
    main = child
    let text = ''
    await new Promise<void>((resolve, reject) => {
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
        if (said.test(text)) resolve()
      })
      child.on('exit', () => reject(new Error(text)))
    })
    return Number(await readFile(join(dir, 'port'), 'utf8'))
  }

  it('on Ctrl-C', async () => {
    const port = await launch(/running/)
    const ended = once(main as ChildProcess, 'exit')
    main?.kill('SIGINT')
    expect(await ended).toEqual([0, null])
    expect(await tracesOf(dir, port)).toEqual(NO_TRACES)
  })

  it('on Ctrl-C in the middle of a boot', async () => {
    const port = await launch(/kube-apiserver \S+ is ready/)
    const ended = once(main as ChildProcess, 'exit')
    main?.kill('SIGINT')
    await ended
    expect(await tracesOf(dir, port)).toEqual(NO_TRACES)
  })

  it('when its owner is killed: processes end at once, the rest is removed at the next boot', async () => {
    const port = await launch(/running/)
    const ended = once(main as ChildProcess, 'exit')
    main?.kill('SIGKILL')
    await ended
    await until('all processes end', async () => (await tracesOf(dir, port)).processes.length === 0)
    const left = await tracesOf(dir, port)
    expect([left.processes, left.mounts, left.files]).toEqual([[], [], [dir]])
    const again = await startCluster({ ...settingsOf(process.env), dir, nodeKind: 'none', say: () => undefined })
    await again.stop()
    expect(await tracesOf(dir, port)).toEqual(NO_TRACES)
  })

  it('when a component does not start, and the error includes its log', async () => {
    let port = 0
    const failing = startCluster({
      ...settingsOf(process.env),
      dir,
      issuers: [{ url: 'http://not-tls.example', ca: 'not a certificate' }],
      say: () => undefined,
    })
    void failing.catch(() => undefined)
    while (port === 0) {
      await sleep(20)
      port = Number(await readFile(join(dir, 'port'), 'utf8').catch(() => '0'))
    }
    await expect(failing).rejects.toThrow(/kube-apiserver ended with code 1; the end of its log:[^]*https/)
    expect(await tracesOf(dir, port)).toEqual(NO_TRACES)
  })
})
