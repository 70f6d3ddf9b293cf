import { expect, it } from 'vitest'
import type { Section } from '../../cli/doctor/finding.ts'
import { kubectl } from '../cluster/environment.ts'

it('the doctor finds the environment sound, by what it tried and by what it read', async () => {
  const { stdout, stderr } = await kubectl('admin', ['certify', 'doctor', '-o', 'json'])
  expect(stderr).toBe('')
  const { sections } = JSON.parse(stdout) as { readonly sections: readonly Section[] }
  const of = (name: string): Section['findings'] => sections.find((section) => section.name === name)?.findings ?? []
  for (const name of ['The servers', 'The API jit.access/v1', 'The second lock', 'The locks, tried', 'Certificates']) {
    expect(of(name).length, name).toBeGreaterThan(1)
    expect(
      of(name).filter(({ verdict }) => verdict !== 'good'),
      name,
    ).toEqual([])
  }
  // Other tests may have left policies of their own.
  expect(of('Policies')).toContainEqual({ verdict: 'good', says: 'policy "coding-agents" can work' })
  expect(of('Who can go around it').filter(({ verdict }) => verdict === 'unknown')).toEqual([])
  expect(of('Who can go around it')).toContainEqual({ verdict: 'good', says: 'Group oidc:agents has no rights but through the gateway' })
})

it('the doctor takes nothing for sound that an agent may not see', async () => {
  const { code, stdout } = await kubectl('agent', ['certify', 'doctor'])
  expect(code).toBe(8)
  expect(stdout).toContain('? RBAC cannot be read')
})
