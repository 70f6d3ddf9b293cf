import { idleMemory } from './idle-memory.ts'
import { outage } from './outage.ts'
import { ownEnvironment } from './own-environment.ts'
import { rollouts } from './rollouts.ts'
import { story } from './demo-story.ts'

/**
 * Tests that need the servers for themselves: one environment for all of them, since a boot takes as long as they do. In this order: memory is
 * measured in fresh pods, an outage is worse than a rollout, and the story kills servers.
 */
const own = ownEnvironment()

idleMemory(own)
rollouts(own)
outage(own)
story(own)
