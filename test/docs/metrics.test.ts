import { globSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Registry, type MetricObject } from 'prom-client'
import { expect, it } from 'vitest'
import { autoApprovalMetrics } from '../../apiserver/auto-approval-metrics.ts'
import { breakGlassMetrics } from '../../apiserver/break-glass-metrics.ts'
import { requestMetrics } from '../../apiserver/metrics.ts'
import { sessionMetrics } from '../../apiserver/sessions/metrics.ts'
import { absentStore } from '../../apiserver/storage/absent-store.ts'
import { outageMetrics } from '../../gateway/grants/outage-metrics.ts'
import { createHeldRoom } from '../../gateway/byte-room.ts'
import { createHold, type HoldDependencies } from '../../gateway/hold/hold.ts'
import { maskingMetrics } from '../../gateway/masking-metrics.ts'
import { gatewayMetrics, recordFilesRemoved } from '../../gateway/metrics.ts'
import { createKnownValues } from '../../domain/mask/match/known-values.ts'
import { createRelay, type RelayDependencies } from '../../gateway/stream/relay.ts'
import { consoleMetrics } from '../../console/metrics.ts'
import { controllerMetrics } from '../../controller/metrics.ts'
import { notifyMetrics } from '../../controller/notify/metrics.ts'
import { NONE_SUSPENDED } from '../domain/builders.ts'
import { loginMetrics, recordFilesRemoved as loginRecordFilesRemoved } from '../../login/metrics.ts'
import { oidcMetrics } from '../../login/oidc/metrics.ts'
import { samlMetrics } from '../../login/saml/metrics.ts'
import { createMetrics } from '../../server/metrics.ts'
import { webhookMetrics } from '../../webhook/metrics.ts'

const ROOT = join(import.meta.dirname, '../..')
const PARTS = ['gateway', 'apiserver', 'webhook', 'controller', 'console', 'login'] as const

function registryOf(part: (typeof PARTS)[number]): Registry {
  const registry = new Registry()
  switch (part) {
    case 'gateway': {
      outageMetrics(registry, { outdatedForMs: () => 0, suspensions: () => NONE_SUSPENDED })
      recordFilesRemoved(registry)
      gatewayMetrics(registry, { inFlight: () => 0, streams: () => 0 })
      maskingMetrics(registry, { known: createKnownValues([]), lateNamespaces: () => 0, guessable: () => new Map(), outdatedForMs: () => 0 })
      // Their constructors use nothing of these dependencies except to subscribe to changes.
      const deps = { registry, clock: { nowMs: () => 0 }, heldRoom: createHeldRoom(registry) }
      createHold(deps as unknown as HoldDependencies)
      createRelay(deps as unknown as RelayDependencies)
      break
    }
    case 'apiserver':
      requestMetrics(registry)
      autoApprovalMetrics(registry)
      sessionMetrics(registry)
      breakGlassMetrics(registry, { store: absentStore, nowMs: () => 0 })
      break
    case 'webhook':
      webhookMetrics(registry, { staleForMs: () => 0, cached: () => undefined })
      break
    case 'controller':
      controllerMetrics(registry, { leads: () => false })
      notifyMetrics(registry)
      break
    case 'console':
      consoleMetrics(registry)
      break
    case 'login':
      loginMetrics(registry)
      loginRecordFilesRemoved(registry)
      oidcMetrics(registry, 'corp')
      samlMetrics(registry, 'corp')
  }
  return registry
}

const row = ({ name, help, type }: MetricObject, labels: readonly string[]): string =>
  `| ${name} | ${type} | ${labels.join(' ')} | ${help.replaceAll('|', '\\|')} |`.replaceAll(/ {2,}/g, ' ')

async function section(heading: string, registry: Registry): Promise<string> {
  const metrics = await registry.getMetricsAsJSON()
  const rows = metrics.map((metric) =>
    row(metric, (registry.getSingleMetric(metric.name) as unknown as { readonly labelNames: readonly string[] }).labelNames),
  )
  return [`## ${heading}`, '', '| metric | type | labels | meaning |', '| --- | --- | --- | --- |', ...rows.sort()].join('\n')
}

// On other platforms a process has fewer metrics.
it.runIf(process.platform === 'linux')('docs/reference/metrics.md lists every metric with type, labels and help as in the code', async () => {
  const sections = [...(await Promise.all(PARTS.map((part) => section(part, registryOf(part))))), await section('Every server', createMetrics())]
  const page = await readFile(join(ROOT, 'docs/reference/metrics.md'), 'utf8')
  const squeezed = page.replaceAll(/ +\|/g, ' |').replaceAll(/\| +/g, '| ').replaceAll(/-{3,}/g, '---')
  expect(squeezed.slice(squeezed.indexOf('## gateway')).trimEnd()).toBe(sections.join('\n\n'))
})

it('no source file names a metric that is not in the registries above', async () => {
  const held = (await Promise.all(PARTS.map((part) => registryOf(part).getMetricsAsJSON()))).flat().map(({ name }) => name)
  const named = globSync('{gateway,apiserver,webhook,controller,console,login,server,kube}/**/*.ts', { cwd: ROOT }).flatMap((file) =>
    [...readFileSync(join(ROOT, file), 'utf8').matchAll(/'(jit_[a-z_]+)'/g)].map(([, name]) => name),
  )
  expect(named.length).toBeGreaterThan(20)
  expect(named.filter((name) => !held.includes(name ?? ''))).toEqual([])
})
