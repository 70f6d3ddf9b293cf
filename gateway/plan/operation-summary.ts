import { hideTokens } from '../../domain/mask/hide-tokens.ts'
import type { Held, UpstreamClient } from '../ports.ts'
import { writeTarget } from '../arrive/read-target.ts'
import { describeOperation } from '../hold/hold-errors.ts'
import { secretsOf, type PodLike } from './pod-secrets.ts'
import { printable } from './body/printable.ts'
import { callAs } from './dry-run/upstream-call.ts'
import { shellWord } from '../../domain/shell-word.ts'

/** Below the limit of AccessRequest's spec.operation.summary, with room for the `...` of a cut text. */
const MAX_LENGTH = 1000

const cut = (text: string): string => (text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH)}...`)

async function secretsAtHand(held: Held, upstream: UpstreamClient): Promise<string> {
  const { namespace, name } = held.asked.classified.info
  const path = `/api/v1/namespaces/${namespace}/pods/${name}`
  const target = writeTarget({ path, query: new URLSearchParams() })
  try {
    if (!held.mayRead(path)) return 'the Secrets that the pod can read'
    const { status, text } = await callAs(held, { method: 'GET', target, hold: 'preview' }, upstream)
    if (status !== 200) return 'the Secrets that the pod can read'
    const names = secretsOf(JSON.parse(text) as PodLike)
    return names.length === 0 ? 'what the pod can read (it names no Secret)' : `the Secrets that the pod can read: ${names.join(', ')}`
  } catch {
    return 'the Secrets that the pod can read'
  }
}

/** A diff never shows values of Secrets, or whether they change, since that would confirm a guess. */
const ofSecret = ({ asked: { classified } }: Held): string =>
  classified.info.apiGroup === '' && classified.info.resource === 'secrets' && classified.power === 'write'
    ? '; values of Secrets are not compared'
    : ''

/** The powers that a write gives to a workload. They come first, so that they are never cut off. */
const ofGains = ({ asked: { classified } }: Held): string =>
  classified.gains === undefined ? '' : `GIVES THE WORKLOAD ${classified.gains.join(', ')}: `

const SESSIONS: ReadonlySet<string> = new Set(['exec', 'attach', 'portforward', 'ephemeralcontainers'])

/** One line for approvers: what the operation does, and what it can reveal. Names and commands are not masked: see operation-text.ts. */
export async function summaryOf(held: Held, deps: { readonly upstream: UpstreamClient }): Promise<string> {
  const { asked } = held
  const { info } = asked.classified
  if (info.resource !== 'pods' || !SESSIONS.has(info.subresource))
    return cut(printable(`${ofGains(held)}${describeOperation(held)}${ofSecret(held)}`))
  const command = asked.query.getAll('command')
  const container = asked.query.get('container')
  const ports = asked.query.getAll('ports')
  const pod = `pod "${info.name}" in namespace "${info.namespace}"${container === null ? '' : `, container "${container}"`}`
  const does = command.length === 0 ? '' : `: ${hideTokens(command.map(shellWord).join(' '))}`
  const through = ports.length === 0 ? '' : `, ports ${ports.join(', ')}`
  // The warning comes before the command, so that a long command cannot push it out.
  const warning = `it can reveal ${await secretsAtHand(held, deps.upstream)}`
  return cut(printable(`${ofGains(held)}${info.subresource} (${warning}) in ${pod}${through}${does}`))
}
