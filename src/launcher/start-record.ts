/** A launch order in PM2's terms: the record that its daemon starts a process from. */
import { join } from 'node:path'
import type { LaunchOrder } from '#activation/launcher.ts'

/** Marks each process for finding it again after PM2 has forgotten it: the home of its launcher, and its worker id. */
export const launcherVariable = 'PORTICO_LAUNCHER'
export const workerVariable = 'PORTICO_LAUNCHED'

/** What PM2's daemon takes; the names are PM2's. */
export interface StartRecord {
  readonly name: string
  readonly env: Readonly<Record<string, string>>
  readonly [setting: string]: unknown
}

/** PM2's settings and notes that it puts into the environment of what it starts. */
const added = [
  ...['name', 'namespace', 'exec_mode', 'exec_interpreter', 'pm_exec_path', 'pm_cwd', 'pm_pid_path', 'pm_out_log_path'],
  ...['pm_err_log_path', 'merge_logs', 'autorestart', 'autostart', 'treekill', 'kill_timeout', 'kill_retry_time'],
  ...['vizion', 'pmx', 'windowsHide', 'unique_id', 'vizion_running', 'status', 'pm_uptime', 'created_at', 'pm_id'],
  ...['restart_time', 'unstable_restarts'],
]

/** Settings of PM2's that a variable of the same name would switch on. */
const settings = [
  ...['args', 'env', 'uid', 'gid', 'user', 'instances', 'node_args', 'pm_log_path', 'log_type', 'log_date_format'],
  ...['disable_logs', 'watch', 'cron_restart', 'restart_delay', 'exp_backoff_restart_delay', 'max_memory_restart'],
  ...['max_restarts', 'min_uptime', 'stop_exit_codes', 'wait_ready', 'listen_timeout', 'shutdown_with_message'],
  ...['filter_env', 'force', 'instance_var', 'increment_var', 'version', 'versioning', 'username', 'km_link'],
  ...['axm_actions', 'axm_monitor', 'axm_options', 'axm_dynamic', 'exit_code', 'pmx_module', 'prev_restart_delay'],
]

/** Names that a variable can't have, because PM2 merges the environment with settings of its own. */
export const reservedNames: ReadonlySet<string> = new Set([...added, ...settings])

/** Set by Node for the channel to PM2's daemon, or by some shells. */
const besides = ['NODE_CHANNEL_FD', 'NODE_CHANNEL_SERIALIZATION_MODE', 'PWD', 'OLDPWD', 'SHLVL']

/**
 * The shell becomes the program, after it has done what PM2 can't: takes PM2's variables away, and puts the output into the
 * log file without a way through PM2. So the output survives PM2's daemon, doesn't pass over its bus to us, and the
 * program has no channel by which it could tell the daemon anything.
 */
function becoming(env: Readonly<Record<string, string>>, umask: string): string {
  const foreign = [...added, ...besides].filter((name) => !(name in env))
  return `unset ${foreign.join(' ')}; umask ${umask}; log=$1; shift; exec "$@" </dev/null >>"$log" 2>&1 3>&-`
}

/** `program` is the absolute path of the order's program, `umask` what the process gets, as octal digits. */
export function startRecord(order: LaunchOrder, program: string, home: string, umask: string): StartRecord {
  const env = { ...order.env, [launcherVariable]: home, [workerVariable]: order.worker }
  return {
    name: order.worker,
    namespace: order.pool,
    exec_mode: 'fork_mode',
    exec_interpreter: 'none',
    pm_exec_path: '/bin/sh',
    args: ['-c', becoming(order.env, umask), 'sh', order.logFile, program, ...order.command.slice(1)],
    env,
    pm_cwd: order.cwd,
    pm_pid_path: join(home, 'pids', 'worker.pid'), // PM2 adds its number of the entry
    pm_out_log_path: '/dev/null',
    pm_err_log_path: '/dev/null',
    merge_logs: true,
    // One supervisor decides, and that is Portico.
    autorestart: false,
    autostart: true,
    // For the day when somebody ends the daemon with SIGTERM: it then ends the processes too.
    treekill: true,
    kill_timeout: 1600,
    kill_retry_time: 10,
    vizion: false,
    pmx: false,
    windowsHide: true,
  }
}
