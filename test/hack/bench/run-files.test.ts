import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parse, stringify } from 'yaml'
import { expect, onTestFinished, test } from 'vitest'
import { writeGatewayConfig } from '../../../hack/bench/gateway/run-files.ts'

/** Every `port` in a configuration, at any depth. */
const portsOf = (value: unknown): readonly unknown[] =>
  typeof value !== 'object' || value === null ? [] : Object.entries(value).flatMap(([name, inner]) => (name === 'port' ? [inner] : portsOf(inner)))

const listen = (port: number) => ({ address: '127.0.0.1', port })

test('the gateway of the bench listens on no port of the gateway of its environment', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'jit-bench-test-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  const own = join(dir, 'servers/jit-gateway/config.yaml')
  await mkdir(dirname(own), { recursive: true })
  await writeFile(own, stringify({ listen: listen(1), admin: listen(2), sessions: { listen: listen(3) }, recordsDir: '/records' }))

  const { file, ports } = await writeGatewayConfig({ booted: { dir } as never, dir: join(dir, 'bench') }, undefined)
  const written: unknown = parse(await readFile(file, 'utf8'))

  expect(portsOf(written)).toEqual(ports)
  expect(portsOf(written).filter((port) => [1, 2, 3].includes(port as number))).toEqual([])
})
