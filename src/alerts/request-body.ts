// Reading the body of a request within a limit. What is not wanted is thrown away, so that the sender gets to read
// the answer instead of a broken connection.
import type { IncomingMessage } from 'node:http';

/** The most a notification may hold, in bytes (grafana 14.1). */
export const maxBodyBytes = 2 * 1024 * 1024;
/** So much more is read and thrown away before the connection is cut. */
const maxUnwantedBytes = 16 * 1024 * 1024;

/** The body, or undefined when it is larger than the limit. Rejects when the sender breaks off. */
export function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) {
    discardBody(request);
    return Promise.resolve(undefined);
  }
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let bytes = 0;
    const take = (part: Buffer): void => {
      bytes += part.length;
      if (bytes <= maxBodyBytes) {
        parts.push(part);
        return;
      }
      request.off('data', take);
      discardBody(request);
      resolve(undefined);
    };
    request.on('data', take);
    request.on('end', () => resolve(Buffer.concat(parts)));
    request.on('error', reject);
    request.on('close', () => reject(new Error('the sender broke off')));
  });
}

/** Throws away what still comes, up to a limit; then the connection is cut. */
export function discardBody(request: IncomingMessage): void {
  let bytes = 0;
  request.on('error', () => undefined);
  request.on('data', (part: Buffer) => {
    bytes += part.length;
    if (bytes > maxUnwantedBytes) request.destroy();
  });
}
