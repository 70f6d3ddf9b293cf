import type { Planned, PlanDependencies } from '../plan.ts'
import { callAs } from './upstream-call.ts'

type Resources = { readonly resources?: readonly { readonly name?: unknown }[] }

/**
 * Whether discovery lists a `/status` subresource for the kind, so that other writes leave the status alone. If discovery cannot be read,
 * returns false, and the status counts as part of what an operation changes.
 */
export async function hasStatus(planned: Planned, { upstream }: PlanDependencies): Promise<boolean> {
  const { apiGroup, apiVersion, resource } = planned.asked.classified.info
  const target = apiGroup === '' ? `/api/${apiVersion}` : `/apis/${apiGroup}/${apiVersion}`
  try {
    const { status, text } = await callAs(planned, { method: 'GET', target, hold: 'preview' }, upstream)
    if (status !== 200) return false
    const { resources } = JSON.parse(text) as Resources
    return Array.isArray(resources) && (resources as NonNullable<Resources['resources']>).some(({ name }) => name === `${resource}/status`)
  } catch {
    return false
  }
}
