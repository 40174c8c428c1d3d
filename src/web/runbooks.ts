// Sections of the runbooks, which are Markdown files beside the program. Where they are not installed there is the path.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The same from `src/web/` and from `dist/web/`. */
const standardFolder = fileURLToPath(new URL('../../docs/runbooks/', import.meta.url));

/** The section of a path as `docs/runbooks/ecs.md#sb-ecs-surge`, without its heading; undefined when it is not there. */
export async function runbookSection(path: string, folder = standardFolder): Promise<string | undefined> {
  const [, page, anchor] = /^docs\/runbooks\/([a-z0-9-]+\.md)#([\w-]+)$/.exec(path) ?? [];
  if (page === undefined || anchor === undefined) return undefined;
  let text: string;
  try {
    text = await readFile(join(folder, page), 'utf8');
  } catch {
    return undefined;
  }
  const lines = text.split(/\r?\n/);
  const start = lines.indexOf(`## ${anchor}`);
  if (start < 0) return undefined;
  const end = lines.findIndex((line, index) => index > start && line.startsWith('## '));
  return lines
    .slice(start + 1, end < 0 ? undefined : end)
    .join('\n')
    .trim();
}
