import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { chromiumOfFile, type Window } from './chromium.ts'
import { approve, ask, holdDelete } from './requests.ts'

/** The images of docs/images, which `npm run screenshots` writes. Otherwise they are made and thrown away. */
const FOLDER = process.env['JIT_SCREENSHOTS']
const WIDTH = 960
const MAX_BYTES = 150_000

const browser = chromiumOfFile()

const AGENT = { name: 'deployer', model: 'a coding agent', session: 'pipeline 4711', task: 'Roll out version 2 of the checkout' }
const scaling = (name: string): object => ({
  verbs: ['patch'],
  apiGroups: ['apps'],
  resources: ['deployments/scale'],
  namespaces: ['shop'],
  resourceNames: [name],
})

async function keep(file: string, png: Buffer): Promise<void> {
  expect(png.length).toBeLessThan(MAX_BYTES)
  if (FOLDER !== undefined) await writeFile(join(FOLDER, file), png)
}

/** The top of a page, down to a height. */
async function shoot({ page }: Window, file: string, maxHeight: number): Promise<void> {
  const full = await page.locator('body').boundingBox()
  const height = Math.min(Math.ceil(full?.height ?? maxHeight), maxHeight)
  await keep(file, await page.screenshot({ clip: { x: 0, y: 0, width: WIDTH, height }, fullPage: true }))
}

it('the pages that the docs show', async () => {
  const granted = await ask({ rules: [scaling('web')] as never, reason: 'The shop is slow', durationSeconds: 900, maxUses: 3 })
  await approve(granted)
  await ask({ rules: [scaling('web')] as never, reason: 'More load is coming tonight', ticket: 'OPS-311', agent: AGENT, durationSeconds: 3600 })
  const { request, name } = await holdDelete({ prefix: 'checkout', annotations: { 'shop.example.com/version': '1' } })
  const window = await browser.open({ viewport: { width: WIDTH, height: 600 }, colorScheme: 'light' })
  await window.signIn('approver')
  await window.page.locator(`a[href="/requests/${request}"]`).waitFor()
  await shoot(window, 'console-inbox.png', 700)
  await window.go(`/requests/${request}`)
  await window.page.getByText(name).first().waitFor()
  await shoot(window, 'console-request.png', 1100)
  await keep('console-decision.png', await window.page.getByRole('region', { name: 'Your decision' }).screenshot())
  await window.go('/grants')
  await window.page.getByText(granted).first().waitFor()
  await shoot(window, 'console-grants.png', 700)
})
