import { describe, expect, it } from 'vitest'
import { renderPlan } from '../../../../gateway/plan/render/render-plan.ts'

const MAX_BODY = 60_000
const shown = (text: string, isJson = false) => renderPlan({ common: [], after: [], deletes: false, withStatus: false, body: { text, isJson } })

describe('the body in a plan', () => {
  it('is shown whole up to its limit', () => {
    const text = 'a'.repeat(MAX_BODY)
    expect(shown(text)).toMatchObject({ body: text, bodyCut: 0 })
  })

  it('counts each character beyond its limit', () => {
    expect(shown('a'.repeat(MAX_BODY + 7))).toMatchObject({ body: 'a'.repeat(MAX_BODY), bodyCut: 7 })
    const { body = '', bodyCut } = shown(JSON.stringify(['b'.repeat(2 * MAX_BODY)]), true)
    expect([body.length, bodyCut]).toEqual([MAX_BODY, MAX_BODY + '[\n  ""\n]'.length])
  })

  it('counts what does not fit since characters were escaped', () => {
    const { body = '', bodyCut } = shown(`${'\u202e'.repeat(20_000)}${'a'.repeat(50_000)}`)
    expect(body).toHaveLength(MAX_BODY)
    expect(body).not.toContain('\u202e')
    expect(bodyCut).toBeGreaterThanOrEqual(10_000)
  })
})
