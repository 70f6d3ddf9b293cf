import { exitCodes } from '../help-codes.ts'

export const REVIEWS_HELP = `List the uses of break-glass that are not reviewed, overdue ones first.

Examples:
  kubectl certify reviews
  kubectl certify reviews --all -o json

Flags:
      --all                   decided ones too
  -o, --output=json|yaml|name

${exitCodes(6)}

Usage: kubectl certify reviews [flags]
`

export const REVIEW_HELP = `Decide whether a use of break-glass was justified. Until then, its user gets no other break-glass access. You cannot review a use of
your own. An unjustified use ends its grant, if it is still live.

Examples:
  kubectl certify review get-pods-log-77aa01c3-1f0c9a2e --justified --reason='the shop was down, see incident 4711'
  kubectl certify review get-pods-log-77aa01c3-1f0c9a2e --unjustified --reason='an approver was there'

Flags:
      --justified             the use was justified
      --unjustified           the use was not justified
      --reason=TEXT           reason; required
  -o, --output=json|yaml|name

${exitCodes(4, 6, 10)}

Usage: kubectl certify review NAME... (--justified | --unjustified) --reason=TEXT [flags]
`
