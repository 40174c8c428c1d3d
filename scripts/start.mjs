// `npm start`: installs and builds what is missing, then runs `switchboard up` with the words after `--`.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuild, ensurePackages, requireNode, root } from './setup.mjs';

requireNode();
ensurePackages();
await ensureBuild();

// In this process, so that signals reach it without a go-between.
const main = join(root, 'dist', 'main.js');
process.argv.splice(1, 1, main, 'up');
await import(pathToFileURL(main).href);
