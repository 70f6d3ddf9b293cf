import type { AccessRequest } from '../../domain/api/access-request.ts'
import type { Operation } from '../../domain/api/rules.ts'
import { block } from '../terminal/block.ts'
import { formatMasks } from './masks.ts'
import { lines, oneLine } from '../terminal/untrusted.ts'

/** Why there is no diff. */
function withoutDiff({ dryRun, dryRunMessage, planReaders, targets, body }: Operation): string {
  if (planReaders === 'Approvers' && targets === undefined && body === undefined)
    return 'it is shown to approvers alone, since who asks may not read the object'
  if (dryRun === 'Unchanged') return 'nothing: a dry run by the server left everything as it is'
  if (dryRun === 'Changed') return 'only values that are hidden from you, if anything'
  return `not known: ${oneLine(dryRunMessage ?? 'no dry run of it is possible')}`
}

function changesOf(operation: Operation): readonly string[] {
  const { diff } = operation
  return diff === undefined
    ? block('What it changes:', [withoutDiff(operation)])
    : block('What it changes (a dry run by the server, secrets masked):', lines(diff))
}

/** Removed and added lines that are not shown, and the rest of a body. */
export function formatCutPlan({ cut }: Operation): readonly string[] {
  if (cut === undefined) return []
  const { removedLines = 0, addedLines = 0, bodyCharacters = 0 } = cut
  const said = [
    [removedLines, 'removed lines'],
    [addedLines, 'added lines'],
    [bodyCharacters, 'characters of what it sends'],
  ] as const
  return said.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`)
}

function warningsOf(operation: Operation, name: string): readonly string[] {
  const cut = formatCutPlan(operation)
  return [
    ...block('WARNING: parts of this are hidden from you:', formatMasks(operation).map(oneLine)),
    ...block(
      'WARNING: this is too long to be shown whole. You do not see:',
      cut.length === 0 ? [] : [...cut, `To approve it all the same: kubectl certify approve ${oneLine(name)} --unseen`],
    ),
  ]
}

/** The one operation that a request is about, as its approver should see it. */
export function formatOperation({ metadata, spec: { operation } }: AccessRequest): readonly string[] {
  if (operation === undefined) return []
  const { method, path, digest, summary, body } = operation
  return [
    ...block('The operation that waits at the gateway:', [
      oneLine(`${method} ${path}`),
      ...(summary === undefined ? [] : [oneLine(summary)]),
      `sha256 ${oneLine(digest)}`,
    ]),
    ...changesOf(operation),
    ...block('What it sends (secrets masked):', body === undefined ? [] : lines(body)),
    ...warningsOf(operation, metadata.name),
  ]
}
