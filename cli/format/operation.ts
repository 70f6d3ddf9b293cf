import type { AccessRequest } from '../../domain/api/access-request.ts'
import type { Operation } from '../../domain/api/rules.ts'
import { formatCutPlan, formatMasks } from '../../domain/format/hidden.ts'
import { block } from '../terminal/block.ts'
import { lines, oneLine } from '../terminal/untrusted.ts'

/** Explains why there is no diff. */
function withoutDiff({ dryRun, dryRunMessage, planReaders, targets, body }: Operation): string {
  if (planReaders === 'Approvers' && targets === undefined && body === undefined)
    return 'shown to approvers only, because the requester may not read the object'
  if (dryRun === 'Unchanged') return 'nothing: a server-side dry run changed nothing'
  if (dryRun === 'Changed') return 'only values that are hidden from you, if anything'
  return `not known: ${oneLine(dryRunMessage ?? 'no dry run of it is possible')}`
}

function changesOf(operation: Operation): readonly string[] {
  const { diff } = operation
  return diff === undefined
    ? block('What it changes:', [withoutDiff(operation)])
    : block('What it changes (server-side dry run, secrets masked):', lines(diff))
}

function warningsOf(operation: Operation, name: string): readonly string[] {
  const cut = formatCutPlan(operation)
  return [
    ...block('WARNING: parts of this are hidden from you:', formatMasks(operation).map(oneLine)),
    ...block(
      'WARNING: this is too long to be shown completely. You do not see:',
      cut.length === 0 ? [] : [...cut, `To approve it anyway: kubectl certify approve ${oneLine(name)} --unseen`],
    ),
  ]
}

/** The held operation of a request, as shown to its approver. */
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
