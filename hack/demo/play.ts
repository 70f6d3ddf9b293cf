import type { Environment } from './environment.ts'
import { reads } from './scenes/1-reads.ts'
import { grant } from './scenes/2-grant.ts'
import { hold } from './scenes/3-hold.ts'
import { around } from './scenes/4-around.ts'
import { revoke } from './scenes/5-revoke.ts'
import { later } from './scenes/6-later.ts'
import { suspend } from './scenes/7-suspend.ts'
import { consent } from './scenes/8-consent.ts'
import { notified } from './scenes/9-notified.ts'
import { rules } from './scenes/10-rules.ts'
import { browser } from './scenes/11-browser.ts'
import { outage } from './scenes/12-outage.ts'
import { crash } from './scenes/13-crash.ts'
import { aftermath } from './scenes/14-aftermath.ts'
import { createDemoRunner } from './demo-runner.ts'

/** Plays the story in order; later scenes depend on what earlier ones left. Returns the number of promises that held. */
export async function play(environment: Environment, print: (text: string) => void): Promise<number> {
  const demo = createDemoRunner(environment, print)
  for (const scene of [reads, grant, hold, around, revoke, later, suspend, consent, notified, rules, browser, outage, crash, aftermath])
    await scene(demo)
  return demo.checks()
}
