import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import type { Classified } from '../../../domain/decision.ts'
import { operationText } from '../../../domain/explain/operation-text.ts'
import { defaultText, partText, resultText } from '../../../domain/explain/policy-walk.ts'
import { explainPolicy } from '../../../domain/policy/explain.ts'
import { oneLine } from '../../terminal/untrusted.ts'

const SIGNS = { decides: '>', perhaps: '?', stricter: '+', later: ' ', no: ' ' } as const

/** One operation under one policy, rule by rule. Each line is safe for a terminal. */
export function explanationLines(policy: AccessPolicy, classified: Classified): readonly string[] {
  const explanation = explainPolicy(policy, classified)
  const { rules, byDefault } = explanation
  return [
    operationText(classified),
    ...rules.map((rule, index) => `  ${SIGNS[rule.part]} ${index}. ${rule.name}: ${partText(rule)}`),
    `  ${SIGNS[byDefault.part]} default: ${defaultText(explanation)}`,
    `  = ${resultText(explanation)}`,
  ].map(oneLine)
}
