/** Makes the process that runs test files one of an ordinary user, for good: what works only for root fails then. */
import { nobody } from './nobody.ts'

if (process.getuid?.() === 0) {
  process.setgroups?.([])
  process.setgid?.(nobody)
  process.setuid?.(nobody)
}
for (const name of ['HOME', 'USER', 'LOGNAME']) delete process.env[name]
