import { parentPort } from 'node:worker_threads'
import { identifyAll, renderPlan, type RenderJob, type RenderedPlan, type Identified } from './render-plan.ts'

export type Job = { readonly kind: 'render'; readonly job: RenderJob } | { readonly kind: 'identify'; readonly bytes: Uint8Array }
export type RenderResult = RenderedPlan | readonly Identified[]
export type WorkerAnswer = { readonly id: number; readonly done?: RenderResult }

export const perform = (job: Job): RenderResult => (job.kind === 'render' ? renderPlan(job.job) : identifyAll(job.bytes))

// Error messages may quote the object, so none leaves the worker: only the fact that the job failed.
parentPort?.on('message', ({ id, job }: { readonly id: number; readonly job: Job }) => {
  let answer: WorkerAnswer = { id }
  try {
    answer = { id, done: perform(job) }
  } catch {
    // An answer without a result reports the failure.
  }
  parentPort?.postMessage(answer, [])
})
