import { findValue } from '../canary.ts'
import type { DemoRunner } from '../demo-runner.ts'
import { secretValue } from '../command-output.ts'

/** The agent reads, and no way of reading shows it the Secret's value. */
export async function reads(demo: DemoRunner): Promise<void> {
  demo.scene('1. The agent reads; secrets come masked')
  const value = await secretValue(demo)
  const pods = await demo.run('agent', ['kubectl', '-n', 'shop', 'get', 'pods'])
  demo.check(pods.code === 0 && pods.stdout.includes('web-'), 'the agent reads pods')
  for (const [command, what] of [
    [['kubectl', '-n', 'shop', 'get', 'secret', 'db', '-o', 'yaml'], 'the Secret'],
    [['kubectl', '-n', 'shop', 'logs', 'deploy/web', '--tail=3'], 'the pod log'],
    [['kubectl', '-n', 'shop', 'get', 'configmaps', '-o', 'yaml'], 'the ConfigMap'],
  ] as const) {
    const direct = await demo.run('admin', command, { quiet: true })
    demo.check(findValue(Buffer.from(direct.stdout), value) !== undefined, `${what} holds the value when an admin reads it`)
    const seen = await demo.run('agent', command)
    demo.check(seen.code === 0 && seen.stdout.length > 0, `the agent reads ${what}`)
    demo.check(findValue(Buffer.from(seen.stdout + seen.stderr), value) === undefined, `${what} comes masked`)
  }
}
