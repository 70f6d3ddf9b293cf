import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findValue } from '../canary.ts'
import type { DemoRunner } from '../demo-runner.ts'
import { logsOf } from '../servers.ts'
import { secretValue } from '../command-output.ts'

type Grants = {
  readonly items: readonly { readonly spec: { readonly maxUses?: number }; readonly status?: { readonly uses?: number; readonly phase?: string } }[]
}

async function metrics(demo: DemoRunner): Promise<string> {
  const { gateway, apiserver, webhook } = demo.environment
  const pages = await Promise.all([gateway, apiserver, webhook].map(async ({ metricsUrl }) => (await fetch(metricsUrl)).text()))
  return pages.join('\n')
}

async function records(demo: DemoRunner): Promise<readonly Buffer[]> {
  const folder = demo.environment.recordsDir
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.jsonl'))
  return Promise.all(files.map((file) => readFile(join(folder, file))))
}

/** Nothing is lost, all of it can be read back, and none of it holds the Secret's value. */
export async function aftermath(demo: DemoRunner): Promise<void> {
  demo.scene('14. What is left: grants, sessions, the audit log, metrics, and no secret in any of them')
  const grants = await demo.run('approver', ['kubectl', 'get', 'accessgrants', '-o', 'json'], { quiet: true })
  await demo.run('approver', ['kubectl', 'get', 'accessgrants'])
  const { items } = JSON.parse(grants.stdout) as Grants
  demo.check(
    [1, 2].every((uses) => items.some((grant) => grant.spec.maxUses === uses && grant.status?.uses === uses)),
    'every grant still counts its uses after the crash',
  )

  const verified = await demo.run('admin', ['kubectl', 'certify', 'verify', demo.environment.recordsDir])
  demo.check(verified.code === 0, 'the records verify')
  const replay = await demo.run('admin', ['kubectl', 'certify', 'replay', '--records', demo.environment.recordsDir])
  demo.check(replay.code === 0 && replay.stdout.includes('deployments'), '`replay` shows the session')

  const audit = await readFile(demo.environment.kubernetes.auditLogFile)
  demo.check(audit.includes('governed.jit.access/decision'), "the Kubernetes audit log has the webhook's annotations")
  const counted = await metrics(demo)
  demo.check(/^jit_gateway_requests_total\{[^}]*\} [1-9]/m.test(counted), 'the metrics count the requests')

  const value = await secretValue(demo)
  const events = await demo.run('admin', ['kubectl', 'get', 'events', '-A', '-o', 'json'], { quiet: true })
  const kept = await records(demo)
  demo.check(kept.length > 0, 'there are records')
  for (const [what, text] of [
    ['record', Buffer.concat(kept)],
    ['log line of the three servers', await logsOf(demo)],
    ['metric', Buffer.from(counted)],
    ['event', Buffer.from(events.stdout)],
    ['audit line', audit],
  ] as const) {
    demo.check(findValue(text, value) === undefined, `no ${what} holds the Secret's value`)
  }
}
