// Which files of a folder are syslog files.

/** `syslog.log`, `syslog.1`, `cisco.log-20240916`, `messages`, each also compressed. */
const logName =
  /^[A-Za-z0-9][\w.-]*\.(?:log|txt|syslog)(?:[.-]\d{1,12})?(?:\.gz)?$|^(?:syslog|messages|cisco)(?:[.-][\w-]{1,20})?(?:\.gz)?$/;

/** True for the base name of a syslog file. */
export function isCiscoLogName(name: string): boolean {
  return logName.test(name);
}
