import { hideTokens } from '../../domain/mask/hide-tokens.ts'
import type { Held, Upstream } from '../ports.ts'
import { writeTarget } from '../arrive/read-target.ts'
import { wordsOf } from '../hold/hold-errors.ts'
import { secretsOf, type PodLike } from './pod-secrets.ts'
import { printable } from './body/printable.ts'
import { callAs } from './dry-run/upstream-call.ts'
import { shellWord } from '../../domain/shell-word.ts'

/** The limit of AccessRequest's spec.operation.summary, less the mark of a cut. */
const LONGEST = 1000

const cut = (text: string): string => (text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}...`)

async function secretsAtHand(held: Held, upstream: Upstream): Promise<string> {
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

/** A diff shows no value of a Secret, not even whether one changes: it would tell whether a guess was right. */
const ofSecret = ({ asked: { classified } }: Held): string =>
  classified.info.apiGroup === '' && classified.info.resource === 'secrets' && classified.power === 'write'
    ? '; values of Secrets are not compared'
    : ''

/** What a write gives to a workload, first: it must not be cut off. */
const ofGains = ({ asked: { classified } }: Held): string =>
  classified.gains === undefined ? '' : `GIVES THE WORKLOAD ${classified.gains.join(', ')}: `

const SESSIONS: ReadonlySet<string> = new Set(['exec', 'attach', 'portforward', 'ephemeralcontainers'])

/** One line for approvers that says what happens, and what it can show. Names and commands are as they are: see operation-text.ts. */
export async function summaryOf(held: Held, deps: { readonly upstream: Upstream }): Promise<string> {
  const { asked } = held
  const { info } = asked.classified
  if (info.resource !== 'pods' || !SESSIONS.has(info.subresource)) return cut(printable(`${ofGains(held)}${wordsOf(held)}${ofSecret(held)}`))
  const command = asked.query.getAll('command')
  const container = asked.query.get('container')
  const ports = asked.query.getAll('ports')
  const pod = `pod "${info.name}" in namespace "${info.namespace}"${container === null ? '' : `, container "${container}"`}`
  const does = command.length === 0 ? '' : `: ${hideTokens(command.map(shellWord).join(' '))}`
  const through = ports.length === 0 ? '' : `, ports ${ports.join(', ')}`
  // First what cannot be pushed out by a long command.
  const warning = `it can reveal ${await secretsAtHand(held, deps.upstream)}`
  return cut(printable(`${ofGains(held)}${info.subresource} (${warning}) in ${pod}${through}${does}`))
}
