import type { Stage } from '../stage.ts'
import { visitConsole, type Visitor } from '../visitor.ts'
import { knownRequests, nextPending } from '../words.ts'

const NAME = 'unused'
const shop = (...args: readonly string[]): readonly string[] => ['kubectl', '-n', 'shop', ...args]

async function decide(stage: Stage, visitor: Visitor): Promise<void> {
  const known = await knownRequests(stage)
  const deleting = stage.start('agent', shop('delete', 'deployment', NAME, '--wait=false'))
  const request = await nextPending(stage, known)
  const exists = async (): Promise<boolean> => (await stage.run('admin', shop('get', 'deployment', NAME), { quiet: true })).code === 0
  const shown = await visitor.open(request)
  const isShown = ['DELETE', `deployments/${NAME}`, 'Your decision'].every((words) => shown.includes(words))
  stage.check(isShown, `the approver signs in and sees the operation (${visitor.uses})`)
  stage.check(await exists(), 'nothing is deleted by opening the page')
  const decided = await visitor.approve()
  stage.check(decided.includes('Approved') && !decided.includes('Your decision'), 'one button approves it, and is not offered again')
  stage.check((await deleting.ended).code === 0 && !(await exists()), 'kubectl continues and the Deployment is gone')
  const path = '{.status.conditions[?(@.type=="Approved")].reason} {.status.reviews[0].reviewer.username}{"\\n"}'
  const by = await stage.run('admin', ['kubectl', 'get', 'accessrequest', request, '-o', `jsonpath=${path}`])
  stage.check(by.stdout.trim() === 'Console oidc:approver', 'the request says who approved it, and that it was in the console')
}

/** The same decision in the console, the web pages of approvers. */
export async function browser(stage: Stage): Promise<void> {
  stage.scene('11. An approver decides in the browser')
  const made = await stage.run('developer', shop('create', 'deployment', NAME, '--image=busybox:1.35', '--', 'sleep', '3600'))
  stage.check(made.code === 0, `the developer makes deployment ${NAME}`)
  const visitor = await visitConsole(stage.environment)
  try {
    await decide(stage, visitor)
  } finally {
    await visitor.close()
  }
}
