import { draw, identifyAll } from '../../gateway/plan/drawing/draw.ts'
import { createTurns, type Drawer } from '../../gateway/plan/drawing/drawer.ts'

/** Draws immediately, in this thread. */
export const drawerHere = (): Drawer => ({
  draw: (job) => Promise.resolve(draw(job)),
  identify: (bytes) => Promise.resolve(identifyAll(bytes)),
  turn: createTurns(),
  close: () => {},
})
