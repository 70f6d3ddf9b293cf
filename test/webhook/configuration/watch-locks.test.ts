import { expect, it, vi } from 'vitest'
import { ADMISSION_LOCKS, lockPath } from '../../../domain/admission-lock.ts'
import { StatusError } from '../../../domain/status-error.ts'
import type { KubeCall, KubeClient } from '../../../kube/client.ts'
import { watchLocks } from '../../../webhook/configuration/watch-locks.ts'
import { manifestsIn } from '../../manifest/overlay.ts'
import { readFileSync } from 'node:fs'
import { notFoundAt } from '../../fakes/not-found.ts'

const shipped = ['admission-policy', 'parts-policy'].flatMap((file) => manifestsIn(readFileSync(`kustomize/base/${file}.yaml`, 'utf8')))

it('reports for each lock whether it is intact, changed, missing or unreadable, logs each state once, and checks again', async () => {
  vi.useFakeTimers()
  try {
    const answers = new Map<string, object | Error>()
    for (const { kind, metadata, ...object } of shipped)
      for (const lock of ADMISSION_LOCKS) if (lock.kind === kind && lock.name === metadata.name) answers.set(lockPath(lock), object)
    const json = ({ path }: KubeCall): Promise<unknown> => {
      const answer = answers.get(path) ?? notFoundAt(path)
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)
    }
    const states = new Map<string, string>()
    const logged: string[] = []
    const log = {
      info: () => {},
      warn: () => {},
      error: (event: string, fields?: { resource?: string; reason?: string }) => void logged.push(`${event} ${fields?.resource} ${fields?.reason}`),
    }
    const locks = watchLocks({ client: { json } as KubeClient, log, report: ({ kind, name }, state) => void states.set(`${kind} ${name}`, state) })
    locks.start()
    await vi.advanceTimersByTimeAsync(0)
    expect([...states.values()]).toEqual(['intact', 'intact', 'intact', 'intact', 'intact'])
    expect(logged).toEqual([])

    const [never, binding, governed, parts] = ADMISSION_LOCKS.map(lockPath)
    answers.set(never ?? '', { spec: { validations: [{ expression: 'true' }] } })
    answers.delete(binding ?? '')
    answers.set(governed ?? '', new StatusError('Forbidden', 'no'))
    answers.set(parts ?? '', {})
    await vi.advanceTimersByTimeAsync(60_000)
    expect([...states.values()]).toEqual(['changed', 'missing', 'unknown', 'changed', 'intact'])
    expect(logged).toEqual([
      'lock.not-intact ValidatingAdmissionPolicy jit-access-never changed',
      'lock.not-intact ValidatingAdmissionPolicyBinding jit-access-never missing',
      'lock.not-intact ValidatingAdmissionPolicyBinding jit-access-never-governed unknown',
      'lock.not-intact ValidatingAdmissionPolicy jit-access-parts changed',
    ])
    locks.stop()
    expect(vi.getTimerCount()).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})
