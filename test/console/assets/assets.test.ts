import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { scriptPath, stylePath } from '../../../console/assets/assets.ts'
import { FILES } from '../../../console/assets/asset-files.ts'
import { html } from '../../../server/html/html.ts'
import { layout } from '../../../console/html/layout.ts'
import { contentPolicy } from '../../../console/http/content-policy.ts'
import { startFixture, type Fixture } from '../console-fixture.ts'

let fixture: Fixture
beforeAll(async () => void (fixture = await startFixture()))
afterAll(() => fixture.close())

const folder = scriptPath('fragment').replace('fragment.js', '')

describe('assets', () => {
  it.each(Object.keys(FILES))('%s is served to everybody, and kept by browsers', async (name) => {
    const { code, headers, text } = await fixture.browser().once(`${fixture.url}${folder}${name}`)
    expect([code, headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable'])
    expect(headers.get('content-type')).toBe(name.endsWith('.js') ? 'text/javascript; charset=utf-8' : 'text/css; charset=utf-8')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(text.length).toBeGreaterThan(100)
  })
  it.each(['x.js', '..%2ffiles.ts', 'tsconfig.json', ''])('nothing else is: %j', async (name) =>
    expect((await fixture.browser().once(`${fixture.url}${folder}${name}`)).code).toBe(404),
  )
  it('another version is not found', async () => expect((await fixture.browser().once(`${fixture.url}/assets/x/fragment.js`)).code).toBe(404))
})

it('a page names its scripts and styles, as modules of the console', () => {
  const page = layout({ title: 'T', body: html``, scripts: ['fragment'], styles: ['asciinema-player'] })
  expect(page).toContain(`<script type="module" src="${scriptPath('fragment')}"></script>`)
  expect(page).toContain(`<link rel="stylesheet" href="${stylePath('asciinema-player')}" />`)
  expect(layout({ title: 'T', body: html`` })).not.toContain('<script')
})

it('a page allows itself what it names, and nothing inline ever', () => {
  expect(contentPolicy()).toContain("script-src 'self';")
  expect(contentPolicy(['wasm'])).toContain("script-src 'self' 'wasm-unsafe-eval';")
  expect(contentPolicy(['wasm'])).toContain('trusted-types jit-access')
  expect(contentPolicy(['untyped-html'])).not.toContain('trusted-types')
  expect(contentPolicy(['wasm', 'untyped-html'])).not.toContain("'unsafe-")
})
