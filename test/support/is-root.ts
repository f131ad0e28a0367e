/** Whether this process is root; what needs the other kind of account is skipped, and that is said. */
export const isRoot = process.getuid?.() === 0

process.stdout.write(
  isRoot
    ? 'skipped: what only an ordinary user meets, because this run is root’s\n'
    : 'skipped: what takes other accounts, because only root can become one\n',
)
