import { findValue } from '../canary.ts'
import type { Stage } from '../stage.ts'
import { secretValue } from '../words.ts'

/** The agent reads, and no way of reading shows it the Secret's value. */
export async function reads(stage: Stage): Promise<void> {
  stage.scene('1. The agent reads; secrets come masked')
  const value = await secretValue(stage)
  const pods = await stage.run('agent', ['kubectl', '-n', 'shop', 'get', 'pods'])
  stage.check(pods.code === 0 && pods.stdout.includes('web-'), 'the agent reads pods')
  for (const [command, what] of [
    [['kubectl', '-n', 'shop', 'get', 'secret', 'db', '-o', 'yaml'], 'the Secret'],
    [['kubectl', '-n', 'shop', 'logs', 'deploy/web', '--tail=3'], 'the pod log'],
    [['kubectl', '-n', 'shop', 'get', 'configmaps', '-o', 'yaml'], 'the ConfigMap'],
  ] as const) {
    const direct = await stage.run('admin', command, { quiet: true })
    stage.check(findValue(Buffer.from(direct.stdout), value) !== undefined, `${what} holds the value when an admin reads it`)
    const seen = await stage.run('agent', command)
    stage.check(seen.code === 0 && seen.stdout.length > 0, `the agent reads ${what}`)
    stage.check(findValue(Buffer.from(seen.stdout + seen.stderr), value) === undefined, `${what} comes masked`)
  }
}
