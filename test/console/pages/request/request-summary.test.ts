import { expect, it } from 'vitest'
import { requestedAccess } from '../../../../console/pages/request/request-summary.ts'
import type { AccessRequest } from '../../../../domain/api/access-request.ts'

const RULE = { verbs: ['delete'], apiGroups: ['apps'], resources: ['deployments'], resourceNames: ['web'], namespaces: ['shop'] }
const pageOf = (summary: string): string => {
  const operation = { method: 'DELETE', path: '/apis/apps/v1/namespaces/shop/deployments/web', summary }
  return requestedAccess({ spec: { rules: [RULE], operation } } as unknown as AccessRequest)?.markup ?? ''
}
const linesOf = (page: string): number => page.split('<li>').length - 1

it('says once what the summary of an operation and its rule both say', () => {
  const page = pageOf('delete deployments.apps "web" in namespace "shop"')
  expect(linesOf(page)).toBe(2)
  expect(page).toContain('DELETE /apis/apps/v1/namespaces/shop/deployments/web')
  expect(page).toContain('delete deployments.apps &quot;web&quot; in namespace shop')
})

it('keeps a summary that says more, such as the command of an exec', () => {
  const page = pageOf('exec in pods "web" in namespace "shop": cat /etc/passwd')
  expect(linesOf(page)).toBe(3)
  expect(page).toContain('cat /etc/passwd')
})
