import { identifyAll, renderPlan } from '../../gateway/plan/render/render-plan.ts'
import { createTurns, type PlanRenderer } from '../../gateway/plan/render/plan-renderer.ts'

/** Renders immediately, in this thread. */
export const rendererHere = (): PlanRenderer => ({
  render: (job) => Promise.resolve(renderPlan(job)),
  identify: (bytes) => Promise.resolve(identifyAll(bytes)),
  turn: createTurns(),
  close: () => {},
})
