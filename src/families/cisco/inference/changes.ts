// From what is said about the two ends of a link to when the link as a whole was usable (cisco 9, between the ends).
import type { Layer, Statement } from './evidence.ts';
import type { Link } from '../topology/topology.ts';

/** A statement about the whole link. */
export interface LinkChange {
  readonly timeMs: number;
  readonly isUp: boolean;
  readonly end: number;
  /**
   * `main`: the layer that carries the traffic, which cannot be lost twice without coming back between; `below`: a layer
   * below it, whose loss confirms, and whose return means no more than that the link was not usable before.
   */
  readonly rank: 'main' | 'below';
  readonly isLocal: boolean;
  readonly strength: number;
  readonly isAdmin: boolean;
  readonly device: string;
  readonly code: string;
}

interface EndState {
  isDown: boolean;
  /** The circuit itself was reported lost at this end, not only its protocol. */
  isCircuitDown: boolean;
  downMs: number;
}

/** The layer by which a link of this type is usable. */
function mainLayers(link: Link): readonly Layer[] {
  if (link.adjacency) return ['adj'];
  return link.type === 'frame-relay-pvc' ? ['dlci', 'proto'] : ['proto'];
}

/** A boot of the device at one end: what that end had said is void from then on (cisco 13.1). */
export interface EndBoot {
  readonly end: number;
  readonly timeMs: number;
}

/** Changes of the link in order of time. `statements` and `boots` must be in order. */
export function linkChanges(
  link: Link,
  statements: readonly Statement[],
  boots: readonly EndBoot[] = [],
): readonly LinkChange[] {
  const changes: LinkChange[] = [];
  const ends: EndState[] = [0, 1].map(() => ({
    isDown: false,
    isCircuitDown: false,
    downMs: Number.NEGATIVE_INFINITY,
  }));
  const main = mainLayers(link);
  let booted = 0;
  for (const statement of statements) {
    for (let boot = boots[booted]; boot && boot.timeMs <= statement.timeMs; boot = boots[++booted]) {
      const end = ends[boot.end];
      if (!end) continue;
      end.isDown = false;
      end.isCircuitDown = false;
    }
    const own = ends[statement.end];
    const far = ends[1 - statement.end];
    if (!own || !far) continue;
    const isMain = main.includes(statement.layer) || statement.layer === 'inferred';
    if (!statement.isUp) {
      own.isDown = true;
      own.downMs = statement.timeMs;
      if (statement.layer === 'dlci') own.isCircuitDown = true;
      changes.push(changeOf(statement, isMain ? 'main' : 'below'));
      continue;
    }
    if (!isMain) {
      changes.push(changeOf(statement, 'below'));
      continue;
    }
    const wasDown = own.isDown;
    own.isDown = false;
    own.isCircuitDown = false;
    if (isUsable(link, statement, wasDown, far)) {
      // The end that logs beside us wins over what the other one said before; so does what carries both ways.
      if (far.downMs <= statement.timeMs) {
        far.isDown = false;
        far.isCircuitDown = false;
      }
      changes.push(changeOf(statement, 'main'));
    }
  }
  return changes;
}

/** Whether an end that has come up means that the link carries traffic. */
function isUsable(link: Link, { layer }: Statement, wasDown: boolean, far: EndState): boolean {
  if (link.adjacency || link.type === 'leased-line' || layer === 'inferred') return true;
  if (link.type === 'frame-relay-pvc') {
    // The circuit is active, or the subinterface has come back with it; else the far end may still be without.
    return layer === 'dlci' || wasDown || !far.isCircuitDown;
  }
  return !far.isDown;
}

function changeOf(statement: Statement, rank: 'main' | 'below'): LinkChange {
  const { timeMs, isUp, end, isLocal, strength, isAdmin, device, code } = statement;
  return { timeMs, isUp, end, rank, isLocal, strength, isAdmin, device, code };
}
