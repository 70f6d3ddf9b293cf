import { expect, test } from 'vitest'
import { checkLabelSelector } from '../../../domain/classify/label-selector.ts'

/** Both lists were asked of a kube-apiserver 1.37, as `labelSelector` of a list of pods: 200 to the first, 400 to the second. */
const GOOD = `app|!app|! app|app=web|app==web|app!=web|app=|app in (a)|app in (a, b)|app notin (a,b),x|in in (in)|notin=in|example.com/a=b
a in (,)|a in (x,)|a in (,x)|a in (x,,y)|a in ()|a>1|a = b , c = d|a=,b|A.b_c-1|a in(b)| a `
const BAD = `=|==|a b|a=b c|a,|,a|a,,b|a in|a in (b|a in b|a=(b)|!a=b|!!a|a>x|a>|a<-2|-a|a-|a/b/c|/a
a=-b|a=b/c|UPPER.com/a|a=ä|ä|a===b|a=!b|a in (b c)|(a)|a&b|a=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx`
const each = (list: string): readonly string[] => list.split(/[|\n]/)

test.each([...each(GOOD), ''])('%j is a label selector', (selector) => {
  expect(() => checkLabelSelector(selector)).not.toThrow()
})

test.each(each(BAD))('%j is none', (selector) => {
  expect(() => checkLabelSelector(selector)).toThrow('labelSelector')
})
