import { StoryBroken, type Outcome, type DemoRunner } from './demo-runner.ts'

/** Splits a line as a shell does: quotes keep words together and may stand inside a word. */
export function shellWords(line: string): readonly string[] {
  const words = line.match(/(?:'[^']*'|"[^"]*"|\\.|[^\s'"\\])+/g) ?? []
  return words.map((word) => word.replaceAll(/'([^']*)'|"([^"]*)"|\\(.)/g, (...found: string[]) => found[1] ?? found[2] ?? found[3] ?? ''))
}

/** The line of a refusal that contains the command to type, split into words. */
export function remedyOf(outcome: Outcome): readonly string[] {
  const line = /kubectl create accessrequest [^\n]*/.exec(outcome.stderr)?.[0]
  if (line === undefined) throw new StoryBroken(`the refusal names no command to type:\n${outcome.stderr}`)
  return shellWords(line)
}

const REQUESTS = ['kubectl', 'get', 'accessrequests', '-o', 'json'] as const

type Listed = { readonly metadata: { readonly name: string; readonly creationTimestamp?: string }; readonly status?: { readonly phase?: string } }

const PENDING_SECONDS = 120

/** Waits until a new request is pending, as the approver sees it, and returns its name. */
export async function nextPending(demo: DemoRunner, known: ReadonlySet<string>): Promise<string> {
  let name: string | undefined
  const isThere = await eventually(async () => {
    const outcome = await demo.run('approver', REQUESTS, { quiet: true })
    if (outcome.code !== 0) return false
    const { items } = JSON.parse(outcome.stdout) as { readonly items: readonly Listed[] }
    name = items.find((item) => item.status?.phase === 'Pending' && !known.has(item.metadata.name))?.metadata.name
    return name !== undefined
  }, PENDING_SECONDS)
  if (!isThere || name === undefined) throw new StoryBroken(`no new request came up for the approver within ${PENDING_SECONDS} s`)
  return name
}

export async function knownRequests(demo: DemoRunner): Promise<ReadonlySet<string>> {
  const outcome = await demo.run('approver', REQUESTS, { quiet: true })
  if (outcome.code !== 0) throw new StoryBroken(`the approver cannot list requests: ${outcome.stderr}`)
  return new Set((JSON.parse(outcome.stdout) as { readonly items: readonly Listed[] }).items.map((item) => item.metadata.name))
}

/** The value of the sample Secret, read directly from kube-apiserver. */
export async function secretValue(demo: DemoRunner): Promise<Buffer> {
  const outcome = await demo.run('admin', ['kubectl', '-n', 'shop', 'get', 'secret', 'db', '-o', 'jsonpath={.data.password}'], { quiet: true })
  const value = Buffer.from(outcome.stdout, 'base64')
  if (value.length < 12) throw new StoryBroken(`secret shop/db has no password to look for: ${outcome.stderr}`)
  return value
}

/** Waits until `probe` holds; false if it did not in time. */
export async function eventually(probe: () => Promise<boolean>, seconds: number): Promise<boolean> {
  const until = performance.now() + seconds * 1000
  while (performance.now() < until) {
    if (await probe()) return true
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
  return false
}
