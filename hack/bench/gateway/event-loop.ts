/** prom-client looks at the loop every 10 ms and counts from one look to the next; what is over is the delay. */
const RESOLUTION_MS = 10

/** The 99th percentile of how late the gateway's event loop was since this was last asked, in milliseconds. */
export async function loopDelayP99(metricsUrl: string): Promise<number> {
  const text = await (await fetch(metricsUrl)).text()
  const seconds = /^nodejs_eventloop_lag_p99_seconds ([\d.e+-]+)$/m.exec(text)?.[1]
  if (seconds === undefined) throw new Error('the gateway shows no delay of its event loop')
  return Math.max(0, Number(seconds) * 1000 - RESOLUTION_MS)
}
