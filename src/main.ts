#!/usr/bin/env node
// The process: runs the command line and ends with its status.
import module from 'node:module';

// Node 22 keeps compiled code between runs, which halves the start; Node 20 has no such thing.
(module as { enableCompileCache?: () => unknown }).enableCompileCache?.();

const { runProcess } = await import('./cli/process.ts');
await runProcess();
