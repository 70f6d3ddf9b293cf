import { idleMemory } from './idle-memory.ts'
import { outage } from './outage.ts'
import { ownEnvironment } from './own-environment.ts'
import { rollouts } from './rollouts.ts'

/**
 * Tests that need the servers for themselves: one environment for all three, since a boot takes longer than they do. In this order: memory is
 * measured in fresh pods, and an outage is worse than a rollout.
 */
const own = ownEnvironment()

idleMemory(own)
rollouts(own)
outage(own)
