// A file system in memory that can lose power and fill up. Only what was synced is sure to survive a loss of power; of
// the rest each write survives, is torn at any byte, or is gone, in no order, as disks do it.
import { basename, dirname } from 'node:path';
import type { Files, OpenFile, OpenMode } from '../../src/engine/durable.ts';

type Change = { kind: 'write'; position: number; bytes: Buffer } | { kind: 'truncate'; length: number };

interface Inode {
  content: Buffer;
  durable: Buffer;
  changes: Change[];
}

/** One operation, for the hook of a test. */
export interface Operation {
  readonly name: keyof Files | keyof OpenFile;
  readonly path: string;
}

/** An error as the system gives it. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: made by the test`), { code });
}

/** A file system in memory. Folders exist when something is in them. */
export class MemoryFiles implements Files {
  /** Called before each operation; what it throws, the operation throws. */
  before: (operation: Operation) => void = () => undefined;
  /** Bytes that fit; a write that does not fit stores its beginning and fails with ENOSPC. */
  capacity = Infinity;
  operations = 0;
  #entries = new Map<string, Inode>();
  #durableEntries = new Map<string, Inode>();

  /** What is found after a loss of power now. `random` gives numbers from 0 up to 1; with 0 only what was synced. */
  afterPowerLoss(random: () => number): MemoryFiles {
    const found = new MemoryFiles();
    for (const [path, inode] of this.#durableEntries) {
      let content = inode.durable;
      for (const change of inode.changes) {
        const fate = random();
        if (fate < 0.34) continue;
        const isTorn = change.kind === 'write' && fate < 0.67;
        const left = isTorn ? Math.floor(random() * (change.bytes.length + 1)) : Infinity;
        content = changed(content, isTorn ? { ...change, bytes: change.bytes.subarray(0, left) } : change);
      }
      found.put(path, content);
    }
    return found;
  }

  /** What is found after the process was killed: everything that was written, durable or not as it was. */
  afterKill(): MemoryFiles {
    const found = new MemoryFiles();
    const copies = new Map<Inode, Inode>();
    const copyOf = (inode: Inode): Inode => {
      const copy = copies.get(inode) ?? { ...inode, changes: [...inode.changes] };
      copies.set(inode, copy);
      return copy;
    };
    for (const [path, inode] of this.#entries) found.#entries.set(path, copyOf(inode));
    for (const [path, inode] of this.#durableEntries) found.#durableEntries.set(path, copyOf(inode));
    return found;
  }

  /** Puts a file there, durably. */
  put(path: string, content: Buffer): void {
    const inode = { content: Buffer.from(content), durable: Buffer.from(content), changes: [] };
    this.#entries.set(path, inode);
    this.#durableEntries.set(path, inode);
  }

  /** The content of a file. */
  get(path: string): Buffer {
    const inode = this.#entries.get(path);
    if (!inode) throw systemError('ENOENT');
    return inode.content;
  }

  /** Removes everything, as a person would from outside. */
  clear(): void {
    this.#entries.clear();
    this.#durableEntries.clear();
  }

  /** Names in a folder, sorted. */
  names(directory: string): string[] {
    return [...this.#entries.keys()]
      .filter((path) => dirname(path) === directory)
      .map((path) => basename(path))
      .toSorted();
  }

  async open(path: string, mode: OpenMode): Promise<OpenFile> {
    await this.#step('open', path);
    let inode = this.#entries.get(path);
    if (!inode) {
      if (mode === 'read') throw systemError('ENOENT');
      inode = { content: Buffer.alloc(0), durable: Buffer.alloc(0), changes: [] };
      this.#entries.set(path, inode);
    } else if (mode === 'new') this.#change(inode, { kind: 'truncate', length: 0 });
    return this.#opened(path, inode);
  }

  async list(directory: string): Promise<readonly string[]> {
    await this.#step('list', directory);
    return this.names(directory);
  }

  async size(path: string): Promise<number | undefined> {
    await this.#step('size', path);
    return this.#entries.get(path)?.content.length;
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#step('rename', from);
    const inode = this.#entries.get(from);
    if (!inode) throw systemError('ENOENT');
    this.#entries.delete(from);
    this.#entries.set(to, inode);
  }

  async remove(path: string): Promise<void> {
    await this.#step('remove', path);
    this.#entries.delete(path);
  }

  async makeDirectory(path: string): Promise<void> {
    await this.#step('makeDirectory', path);
  }

  async syncDirectory(path: string): Promise<void> {
    try {
      await this.#step('syncDirectory', path);
    } finally {
      // The worst case of a failed one: it had its effect all the same.
      this.#syncNames(path);
    }
  }

  #syncNames(path: string): void {
    for (const known of new Set([...this.#entries.keys(), ...this.#durableEntries.keys()])) {
      if (dirname(known) !== path) continue;
      const inode = this.#entries.get(known);
      if (inode) this.#durableEntries.set(known, inode);
      else this.#durableEntries.delete(known);
    }
  }

  #opened(path: string, inode: Inode): OpenFile {
    return {
      read: async (into, position) => {
        await this.#step('read', path);
        return inode.content.subarray(position, position + into.length).copy(into);
      },
      write: async (parts, position) => {
        const bytes = Buffer.concat(parts);
        try {
          await this.#step('write', path);
        } catch (error) {
          // The worst case: a part of it was written.
          this.#change(inode, { kind: 'write', position, bytes: bytes.subarray(0, bytes.length >> 1) });
          throw error;
        }
        const fits = Math.max(0, this.capacity - this.#used() + Math.max(0, inode.content.length - position));
        this.#change(inode, { kind: 'write', position, bytes: bytes.subarray(0, fits) });
        if (fits < bytes.length) throw systemError('ENOSPC');
      },
      truncate: async (length) => {
        await this.#step('truncate', path);
        this.#change(inode, { kind: 'truncate', length });
      },
      sync: async () => {
        await this.#step('sync', path);
        inode.durable = inode.content;
        inode.changes = [];
      },
      close: async () => {
        await this.#step('close', path);
      },
    };
  }

  #change(inode: Inode, change: Change): void {
    inode.content = changed(inode.content, change);
    inode.changes.push(change);
  }

  #used(): number {
    let sum = 0;
    for (const { content } of this.#entries.values()) sum += content.length;
    return sum;
  }

  async #step(name: Operation['name'], path: string): Promise<void> {
    this.operations++;
    // A turn of the event loop's queue, so that callers really interleave.
    await Promise.resolve();
    this.before({ name, path });
  }
}

/** A new buffer: images of before may still refer to the old one. */
function changed(content: Buffer, change: Change): Buffer {
  if (change.kind === 'truncate') {
    const result = Buffer.alloc(change.length);
    content.copy(result);
    return result;
  }
  const result = Buffer.alloc(Math.max(content.length, change.position + change.bytes.length));
  content.copy(result);
  change.bytes.copy(result, change.position);
  return result;
}
