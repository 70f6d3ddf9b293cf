import type { DemoRunner } from '../demo-runner.ts'
import { shellWords } from '../command-output.ts'

const POLICY = ['accesspolicy', 'coding-agents'] as const
const LOGS = {
  name: 'logs',
  effect: 'RequireGrant',
  match: { verbs: ['get'], apiGroups: [''], resources: ['pods'], subresources: ['log'], namespaces: ['shop'] },
}
const FREEZE = { name: 'stocktaking', effect: 'Freeze', timeZone: 'Europe/Berlin', reason: 'stocktaking' }
const logs = ['kubectl', '-n', 'shop', 'logs', 'deploy/web', '--tail=1'] as const
const ask = (name: string): readonly string[] =>
  shellWords(`kubectl create accessrequest --verb=get --resource=pods/log --namespace=shop ${name}--reason="the checkout fails"`)

/** A rule for the hours around now, so that the story holds at any time of the day. */
const officeHours = (hour: number): object => ({
  name: 'logs-in-office-hours',
  condition: `rules.all(r, r.verbs == ["get"] && r.resources == ["pods/log"] && r.namespaces == ["shop"]) && now.getHours("UTC") in [${hour}, ${(hour + 1) % 24}]`,
  perHour: 5,
  maxDurationSeconds: 300,
})

async function patch(demo: DemoRunner, change: object, what: string): Promise<void> {
  const { code } = await demo.run('admin', ['kubectl', 'patch', ...POLICY, '--type=json', '-p', JSON.stringify(change)])
  demo.check(code === 0, what)
}

/** A rule approves what is harmless, and a freeze stops new access. */
export async function rules(demo: DemoRunner): Promise<void> {
  demo.scene('10. A rule approves the reading of logs in office hours, and a freeze stops it')
  const hour = new Date().getUTCHours()
  const added = [
    { op: 'add', path: '/spec/rules/0', value: LOGS },
    { op: 'add', path: '/spec/approvals/autoApprove', value: [officeHours(hour)] },
  ]
  await patch(demo, added, 'the admin lets a rule approve the reading of logs in office hours')
  demo.check((await demo.run('agent', logs)).code !== 0, 'without a grant the agent reads no logs')
  const asked = await demo.run('agent', [...ask(''), '--wait'])
  demo.check(asked.code === 0 && /rule/.test(asked.stdout), 'the rule approves the request at once')
  demo.check((await demo.run('agent', logs)).code === 0, 'the agent reads the logs')
  await patch(demo, [{ op: 'add', path: '/spec/approvals/windows', value: [FREEZE] }], 'the admin freezes the policy')
  const refused = await demo.run('agent', ask('--name=another '))
  demo.check(refused.code !== 0 && refused.stderr.includes('stocktaking'), 'in the freeze the same request is refused, and says why')
  demo.check((await demo.run('agent', logs)).code === 0, 'the grant that is live goes on')
  const removed = ['/spec/approvals/windows', '/spec/approvals/autoApprove', '/spec/rules/0'].map((path) => ({ op: 'remove', path }))
  await patch(demo, removed, 'the admin ends the freeze, and takes the rule away')
}
