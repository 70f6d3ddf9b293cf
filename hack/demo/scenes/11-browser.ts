import type { DemoRunner } from '../demo-runner.ts'
import { visitConsole, type Visitor } from '../visitor.ts'
import { knownRequests, nextPending } from '../command-output.ts'

const NAME = 'unused'
const shop = (...args: readonly string[]): readonly string[] => ['kubectl', '-n', 'shop', ...args]

async function decide(demo: DemoRunner, visitor: Visitor): Promise<void> {
  const known = await knownRequests(demo)
  const deleting = demo.start('agent', shop('delete', 'deployment', NAME, '--wait=false'))
  const request = await nextPending(demo, known)
  const exists = async (): Promise<boolean> => (await demo.run('admin', shop('get', 'deployment', NAME), { quiet: true })).code === 0
  const shown = await visitor.open(request)
  const isShown = ['DELETE', `deployments/${NAME}`, 'Your decision'].every((words) => shown.includes(words))
  demo.check(isShown, `the approver signs in and sees the operation (${visitor.uses})`)
  demo.check(await exists(), 'nothing is deleted by opening the page')
  const decided = await visitor.approve()
  demo.check(decided.includes('Approved') && !decided.includes('Your decision'), 'one button approves it, and is not offered again')
  demo.check((await deleting.ended).code === 0 && !(await exists()), 'kubectl continues and the Deployment is gone')
  const path = '{.status.conditions[?(@.type=="Approved")].reason} {.status.reviews[0].reviewer.username}{"\\n"}'
  const by = await demo.run('admin', ['kubectl', 'get', 'accessrequest', request, '-o', `jsonpath=${path}`])
  demo.check(by.stdout.trim() === 'Console oidc:approver', 'the request says who approved it, and that it was in the console')
}

/** The same decision in the console, the web pages of approvers. */
export async function browser(demo: DemoRunner): Promise<void> {
  demo.scene('11. An approver decides in the browser')
  const made = await demo.run('developer', shop('create', 'deployment', NAME, '--image=busybox:1.35', '--', 'sleep', '3600'))
  demo.check(made.code === 0, `the developer makes deployment ${NAME}`)
  const visitor = await visitConsole(demo.environment)
  try {
    await decide(demo, visitor)
  } finally {
    await visitor.close()
  }
}
