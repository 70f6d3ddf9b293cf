import { identifyAll, renderPlan } from '../../gateway/plan/render/render-plan.ts'
import type { PlanRenderer } from '../../gateway/plan/render/plan-renderer.ts'
import { createFairLimit } from '../../server/fair-limit.ts'

/** Renders immediately, in this thread. */
export const rendererHere = (): PlanRenderer => ({
  render: (job) => Promise.resolve(renderPlan(job)),
  identify: (bytes) => Promise.resolve(identifyAll(bytes)),
  turn: createFairLimit(Infinity, 1).take,
  close: () => {},
})
