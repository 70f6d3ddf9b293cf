/** prom-client samples the loop every 10 ms and records the time between samples; the excess over 10 ms is the delay. */
const RESOLUTION_MS = 10

/** The 99th percentile of the gateway's event loop delay since the last call, in milliseconds. */
export async function loopDelayP99(metricsUrl: string): Promise<number> {
  const text = await (await fetch(metricsUrl)).text()
  const seconds = /^nodejs_eventloop_lag_p99_seconds ([\d.e+-]+)$/m.exec(text)?.[1]
  if (seconds === undefined) throw new Error('the gateway exports no event loop delay')
  return Math.max(0, Number(seconds) * 1000 - RESOLUTION_MS)
}
