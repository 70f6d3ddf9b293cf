import type { Column, KubeObject } from '../machinery/kind.ts'

export const nameColumn: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  priority: 0,
  description: 'Name of the object.',
  value: ({ metadata }) => metadata.name,
}

/** A duration as kubectl prints ages, with at most two units. */
export function span(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  if (seconds < 0) return '<invalid>'
  if (seconds < 120) return `${seconds}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 10) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m${seconds % 60}s`
  if (minutes < 180) return `${minutes}m`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${hours}h` : `${Math.floor(hours / 24)}d`
}

export const ageColumn: Column = {
  name: 'Age',
  type: 'date',
  priority: 0,
  description: 'Time since the object was created.',
  value: ({ metadata }: KubeObject, nowMs) =>
    metadata.creationTimestamp === undefined ? '<unknown>' : span(nowMs - Date.parse(metadata.creationTimestamp)),
}
