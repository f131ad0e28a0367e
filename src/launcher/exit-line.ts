/** How a process ended, from what PM2 says about it: only a line of its log names the signal. */

const line = /^App \[(?<entry>.*:\d+)\] exited with code \[(?<code>\d+)\] via signal \[(?<signal>\w+)\]\s*$/

/** The entry (`name:number`) that a line of PM2's log says has ended, and how; undefined for any other line. */
export function parseExitLine(text: string): { entry: string; how: string } | undefined {
  const { entry, code, signal } = line.exec(text)?.groups ?? {}
  if (entry === undefined || code === undefined) return undefined
  if (code !== '0') return { entry, how: `exit code ${code}` }
  // PM2 writes code 0 for every signal, and SIGINT where there was none.
  return { entry, how: signal === 'SIGINT' ? 'exit code 0 or signal SIGINT' : `signal ${signal}` }
}
