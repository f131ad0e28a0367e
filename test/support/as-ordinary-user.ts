/** Makes the process that runs a test file one of an ordinary user, for good: what works only for root fails then. */
import { nobody } from './nobody.ts'

process.setgroups?.([])
process.setgid?.(nobody)
process.setuid?.(nobody)
for (const name of ['HOME', 'USER', 'LOGNAME']) delete process.env[name]
