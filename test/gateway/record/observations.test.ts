import { expect, it } from 'vitest'
import { MAX_OBSERVED, observationKey, parseObservations } from '../../../domain/policy/status/gateway-observations.ts'
import { createObservations } from '../../../gateway/record/observations.ts'

it('names neither policies nor conditions', () => {
  const observations = createObservations('run')
  observations.tooExpensive('object.data.secret == "x"')
  observations.refused('coding-agents')
  expect(observations.text()).not.toMatch(/secret|coding/)
  const { expensive, refused } = parseObservations(observations.text())
  expect(expensive).toEqual([observationKey('object.data.secret == "x"')])
  expect(Object.keys(refused)).toEqual([observationKey('coding-agents')])
})

it('keeps the newest, and what it writes can be read at the limit', () => {
  const observations = createObservations('3e4666bf-d5e5-4aa7-b8ce-cefe41c7568a')
  for (let index = 0; index < 3 * MAX_OBSERVED; index++) {
    observations.tooExpensive(`c${index}`)
    observations.refused(`p${index}`)
  }
  const text = observations.text()
  const { expensive, refused } = parseObservations(text)
  expect([expensive.length, Object.keys(refused).length]).toEqual([MAX_OBSERVED, MAX_OBSERVED])
  expect(expensive).toContain(observationKey(`c${3 * MAX_OBSERVED - 1}`))
  expect(text.length).toBeLessThan(256 * 1024)
})

it('marks each refusal again', () => {
  const observations = createObservations('run')
  const mark = (): string | undefined => parseObservations(observations.text()).refused[observationKey('p')]
  observations.refused('p')
  const first = mark()
  observations.refused('p')
  expect(mark()).not.toBe(first)
})
