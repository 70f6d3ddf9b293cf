import { grantPhase, type AccessGrant } from '../../domain/api/access-grant.ts'
import type { AccessPolicy } from '../../domain/api/access-policy.ts'
import { requestPhase, type AccessRequest } from '../../domain/api/access-request.ts'
import { keyPhase, type ApproverKey } from '../../domain/api/passkeys/approver-key.ts'
import { isInForce, type AccessSuspension } from '../../domain/api/access-suspension.ts'
import { POLICIES_PATH, SUSPENSIONS_PATH } from '../../domain/api/names.ts'
import { formatAsk } from '../../domain/format/request.ts'
import { pagesOf, type PathWith } from '../kubectl/list-pages.ts'
import { grantsPath, keysPath, requestsPath } from '../kubectl/paths.ts'
import { isName } from '../kubectl/read-access-request.ts'
import { parseFlags, type FlagTable } from '../terminal/parse-flags.ts'
import { cut } from '../terminal/untrusted.ts'
import type { IO } from '../terminal/io.ts'

/** Directives of cobra, which kubectl uses (https://pkg.go.dev/github.com/spf13/cobra#ShellCompDirective): complete files, or nothing else. */
const FILES = 0
const NO_FILES = 4

type Choice = readonly [word: string, description?: string]
type Choices = { readonly words: readonly Choice[]; readonly directive: number }

/** What a command completes: its flags, and its words from the cluster. */
export type Completable = { readonly [command: string]: { readonly flags: readonly string[] } }
export type CompletionOf = { readonly commands: Completable; readonly flags: FlagTable; readonly everywhere: readonly string[] }

const MAX = 200
const INBOX_FLAGS = ['watch', 'output'] as const
const WIDE = 60
const SHELLS = ['bash', 'zsh', 'fish', 'kubectl'] as const

const none: Choices = { words: [], directive: NO_FILES }
const files: Choices = { words: [], directive: FILES }

type Stored = { readonly metadata: { readonly name: string } }

type Of<T> = { readonly path: PathWith; readonly keep: (object: T) => boolean; readonly describe: (object: T) => string }

/** Names of the first page alone: a person who completes waits for it. */
async function namesIn<T extends Stored>(io: IO, { path, keep, describe }: Of<T>): Promise<Choices> {
  for await (const { items } of pagesOf<T>(io.kubectl, path, { limit: 500 })) {
    const kept = items.filter((object) => isName(object.metadata.name) && keep(object)).slice(0, MAX)
    return { words: kept.map((object) => [object.metadata.name, describe(object)]), directive: NO_FILES }
  }
  return none
}

const requests = (io: IO): Promise<Choices> =>
  namesIn<AccessRequest>(io, {
    path: requestsPath,
    keep: ({ status }) => requestPhase(status, io.clock.nowMs()) === 'Pending',
    describe: formatAsk,
  })
const grants = (io: IO): Promise<Choices> =>
  namesIn<AccessGrant>(io, {
    path: grantsPath,
    keep: (grant) => grantPhase(grant, io.clock.nowMs()) === 'Active',
    describe: ({ spec }) => spec.subject.username,
  })
const policies = (io: IO): Promise<Choices> =>
  namesIn<AccessPolicy>(io, {
    path: (query) => `${POLICIES_PATH}?${new URLSearchParams(query).toString()}`,
    keep: () => true,
    describe: ({ spec }) => spec.mode ?? 'Enforce',
  })

const suspensions = (io: IO): Promise<Choices> =>
  namesIn<AccessSuspension>(io, {
    path: (query) => `${SUSPENSIONS_PATH}?${new URLSearchParams(query).toString()}`,
    keep: isInForce,
    describe: ({ spec }) => spec.reason,
  })

const keys = (io: IO): Promise<Choices> =>
  namesIn<ApproverKey>(io, { path: keysPath, keep: (key) => keyPhase(key) !== 'Revoked', describe: ({ spec }) => spec.user?.username ?? '?' })

const fixed = (words: readonly string[]): Choices => ({ words: words.map((word) => [word]), directive: NO_FILES })

/** Words of each command, by how many it has already. */
const WORDS: { readonly [command: string]: (io: IO, count: number) => Choices | Promise<Choices> } = {
  show: requests,
  approve: requests,
  deny: requests,
  'who-can': (io, count) => (count === 0 ? requests(io) : none),
  revoke: grants,
  resume: suspensions,
  withdraw: requests,
  explain: (io, count) => (count === 0 ? policies(io) : none),
  'policy-rbac': (io, count) => (count === 0 ? policies(io) : none),
  policy: (io, count) => (count === 0 ? fixed(['lint']) : policies(io)),
  keys: (io, count) => (count === 0 ? fixed(['confirm', 'revoke']) : keys(io)),
  completion: (_, count) => (count === 0 ? fixed(SHELLS) : none),
  verify: () => files,
}

const VALUES: { readonly [flag: string]: (io: IO) => Choices | Promise<Choices> } = {
  output: () => fixed(['wide', 'json', 'yaml', 'name']),
  'max-risk': () => fixed(['Low', 'Medium', 'High', 'Critical']),
  policy: policies,
  for: requests,
  filename: () => files,
  records: () => files,
  kubeconfig: () => files,
}

/** The flag that the last word gives without its value; undefined when there is none. */
function openFlag(table: FlagTable, last: string | undefined): string | undefined {
  const name = Object.entries(table).find(
    ([long, { kind, short }]) => kind === 'value' && (last === `--${long}` || (short !== undefined && last === `-${short}`)),
  )
  return name?.[0]
}

function wordsOf(table: FlagTable, before: readonly string[]): readonly string[] {
  try {
    return parseFlags(table, before).words
  } catch {
    return []
  }
}

type Typed = { readonly before: readonly string[]; readonly current: string }

/** The entry of a table that somebody's word names, never one of the prototype. */
const at = <T>(table: { readonly [key: string]: T }, key: string | undefined): T | undefined =>
  key !== undefined && Object.hasOwn(table, key) ? table[key] : undefined

async function choicesFor(io: IO, { before, current }: Typed, { commands, flags, everywhere }: CompletionOf): Promise<Choices> {
  const flag = openFlag(flags, before.at(-1))
  if (flag !== undefined) return (await at(VALUES, flag)?.(io)) ?? none
  const [command, ...words] = wordsOf(flags, before)
  if (current.startsWith('-')) {
    const own = at(commands, command)?.flags ?? INBOX_FLAGS
    return fixed([...own, ...everywhere].map((name) => `--${name}`))
  }
  if (command === undefined) return fixed(Object.keys(commands))
  return (await at(WORDS, command)?.(io, words.length)) ?? none
}

/**
 * Prints what the last word can be completed to, in the protocol of kubectl >= 1.26: a line `WORD<tab>DESCRIPTION` for each, then `:DIRECTIVE`. Prints
 * no words when something cannot be read: an error would end up in the command line that a person types.
 */
export async function complete(io: IO, args: readonly string[], of: CompletionOf): Promise<void> {
  const current = args.at(-1) ?? ''
  const found = await choicesFor(io, { before: args.slice(0, -1), current }, of).catch(() => none)
  const words = found.words.filter(([word]) => word.startsWith(current))
  const lines = words.map(([word, description]) => (description === undefined ? word : `${word}\t${cut(description, WIDE)}`))
  io.print([...lines, `:${found.directive}`, ''].join('\n'))
}
