import { Counter, type Registry } from 'prom-client'
import { autoApprovalSchema, type AutoApproval } from '../domain/api/approvals/auto-approve.ts'

/** Counts what the rules of `spec.approvals.autoApprove` said, by outcome. Names of policies are not a label, so that the series are bounded. */
export function autoApprovalMetrics(registry: Registry): (outcome: AutoApproval['outcome']) => void {
  const total = new Counter({
    name: 'jit_apiserver_auto_approvals_total',
    help: 'Requests created under a policy with rules that approve in place of approvers, by what the rules said.',
    labelNames: ['outcome'],
    registers: [registry],
  })
  for (const outcome of autoApprovalSchema.properties.outcome.enum) total.inc({ outcome }, 0)
  return (outcome) => total.inc({ outcome })
}
