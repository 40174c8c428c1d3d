// The families and outputs that exist. The only file that names them all; everything behind them loads on demand.
import { cisco } from '../families/cisco/index.ts';
import { ecs } from '../families/ecs/index.ts';
import type { Family } from '../model/family.ts';
import type { OutputKind } from '../model/output.ts';
import { duckdb } from '../outputs/duckdb/index.ts';
import { influx } from '../outputs/influx/index.ts';
import { statsd } from '../outputs/statsd/index.ts';
import { stdout } from '../outputs/stdout/index.ts';

/** Every log family. */
export const families: readonly Family[] = [ecs, cisco];
/** Every kind of output. */
export const outputs: readonly OutputKind[] = [influx, statsd, duckdb, stdout];
