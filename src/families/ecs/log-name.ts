// Which files of a folder are ecs logs.

/** `2017-0427-084400`, with `.log` on some releases and `.gz` for backups (ecs 1). */
const logName = /^20\d\d-\d{4}-\d{6}(?:\.log)?(?:\.gz)?$/;

/** True for the base name of an ecs log. */
export function isEcsLogName(name: string): boolean {
  return logName.test(name);
}
