type Work = () => unknown

/** Microseconds of processor time that this process uses for the work. Waiting for a processor does not count. */
async function costOf(work: Work): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return user + system
}

/**
 * Returns the processor time of each work, in microseconds. Runs them in turns and takes the cheapest run of each, since other load on the machine
 * only makes runs more expensive. A test compares these costs with each other, never with a time, which depends on the machine. Works should take a
 * millisecond or more.
 */
export async function cheapestOf<Name extends string>(
  works: { readonly [name in Name]: Work },
  runs = 5,
): Promise<{ readonly [name in Name]: number }> {
  const costs = new Map<Name, number>()
  for (let run = 0; run < runs; run++)
    for (const [name, work] of Object.entries(works) as [Name, Work][]) costs.set(name, Math.min(costs.get(name) ?? Infinity, await costOf(work)))
  return Object.fromEntries(costs) as { readonly [name in Name]: number }
}

/** Returns how many times as much processor time `work` takes as `baseline`. */
export async function costRatio(work: Work, baseline: Work, runs = 5): Promise<number> {
  const cost = await cheapestOf({ baseline, work }, runs)
  return cost.work / Math.max(1, cost.baseline)
}

/** Sizes of an input, the second at least 8 times the first. */
export type Sizes = readonly [small: number, large: number]

/** Returns how steeply the cost of `work` grows with the size of its input: 0 is constant, 1 is linear, 2 is quadratic. */
export async function costExponent(work: (size: number) => unknown, [small, large]: Sizes, runs = 5): Promise<number> {
  const ratio = await costRatio(
    () => work(large),
    () => work(small),
    runs,
  )
  return Math.log(ratio) / Math.log(large / small)
}

/** An exponent above linear growth with the noise of a machine, and below quadratic growth. */
export const LINEAR = 1.6
