import { expect, it } from 'vitest'
import type { Section } from '../../../domain/doctor/finding.ts'
import { kubectl } from '../../cluster/environment.ts'

it('the doctor finds no problem in the environment', async () => {
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
  // Other tests may have left policies behind.
  expect(of('Policies')).toContainEqual({ verdict: 'good', message: 'policy "coding-agents" is ready' })
  expect(of('Who can bypass it').filter(({ verdict }) => verdict === 'unknown')).toEqual([])
  expect(of('Who can bypass it')).toContainEqual({ verdict: 'good', message: 'Group oidc:agents has rights only through the gateway' })
})

it('the doctor reports nothing as verified that an agent may not read', async () => {
  const { code, stdout } = await kubectl('agent', ['certify', 'doctor'])
  expect(code).toBe(8)
  expect(stdout).toContain('? RBAC cannot be read')
})
