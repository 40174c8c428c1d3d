// A folder in memory as a follower and a writer of logs see it, with what makes following hard: inode numbers that are
// used again, times that stand still for a while, and a writer that does something between any two steps of a reader.
import { basename, dirname } from 'node:path';
import type { FileState, FolderEntry, LogFiles, LogHandle } from '../../src/engine/log-files.ts';
import { systemError } from './memory-files.ts';

/** The time stamps of a file change no more often than this, as on real file systems. */
const tickMs = 1;

/** What a file system does with the inode numbers of deleted files, and whether it tells when a file was made. */
export interface FileSystemKind {
  readonly inodes: 'lowest-free' | 'last-freed' | 'never-again';
  readonly hasBirthTimes: boolean;
}

/** A file, with or without a name. */
export interface SimulatedFile {
  readonly inode: number;
  readonly birthtimeMs: number;
  content: Buffer;
  mtimeMs: number;
  ctimeMs: number;
  isNamed: boolean;
  openCount: number;
}

/** One folder. All methods for the writer work at once; those of a process are steps between which others may act. */
export class SimulatedFiles {
  readonly folder = '/logs';
  /** Called before each step of a process. */
  between: () => void = () => undefined;
  /** What was done, for a failure to be understood. */
  readonly trace: string[] = [];
  nowMs = Date.UTC(2026, 0, 1);
  readonly #kind: FileSystemKind;
  readonly #names = new Map<string, SimulatedFile>();
  readonly #freed: number[] = [];
  #nextInode = 100;
  #modifiedMs = 0;

  constructor(kind: FileSystemKind) {
    this.#kind = kind;
    this.#touchFolder();
  }

  get names(): readonly string[] {
    return [...this.#names.keys()].toSorted();
  }

  at(name: string): SimulatedFile | undefined {
    return this.#names.get(name);
  }

  /** Makes an empty file and opens it for writing. */
  create(name: string): SimulatedFile {
    const stamp = this.#stamp();
    const file: SimulatedFile = {
      inode: this.#inode(),
      birthtimeMs: stamp,
      content: Buffer.alloc(0),
      mtimeMs: stamp,
      ctimeMs: stamp,
      isNamed: true,
      openCount: 1,
    };
    this.#unname(name);
    this.#names.set(name, file);
    this.#touchFolder();
    this.note(`create ${name} (${file.inode})`);
    return file;
  }

  append(file: SimulatedFile, bytes: Buffer): void {
    file.content = Buffer.concat([file.content, bytes]);
    file.mtimeMs = file.ctimeMs = this.#stamp();
    this.note(`append ${bytes.length} to ${this.nameOf(file)}, now ${file.content.length}`);
  }

  truncate(file: SimulatedFile): void {
    file.content = Buffer.alloc(0);
    file.mtimeMs = file.ctimeMs = this.#stamp();
    this.note(`truncate ${this.nameOf(file)}`);
  }

  setModified(file: SimulatedFile, mtimeMs: number): void {
    file.mtimeMs = mtimeMs;
    file.ctimeMs = this.#stamp();
  }

  rename(from: string, to: string): void {
    const file = this.#names.get(from);
    if (!file) throw systemError('ENOENT');
    this.#names.delete(from);
    this.#unname(to);
    this.#names.set(to, file);
    file.ctimeMs = this.#stamp();
    this.#touchFolder();
    this.note(`rename ${from} to ${to} (${file.inode})`);
  }

  remove(name: string): void {
    this.#unname(name);
    this.#touchFolder();
    this.note(`remove ${name}`);
  }

  close(file: SimulatedFile): void {
    file.openCount--;
    this.#free(file);
  }

  /** The name of a file and its inode. */
  nameOf(file: SimulatedFile): string {
    const name = [...this.#names].find(([, other]) => other === file)?.[0];
    return `${name ?? 'nameless'} (${file.inode})`;
  }

  note(text: string): void {
    this.trace.push(`${(this.nowMs % 10_000_000).toFixed(1)} ${text}`);
  }

  /** The folder as one process sees it; after `kill` nothing it asked for is answered, and its files are closed. */
  process(): LogFiles & { kill(): void } {
    const open = new Set<SimulatedFile>();
    let isAlive = true;
    const step = async <T>(what: string, work: () => T): Promise<T> => {
      if (!isAlive) return new Promise(() => undefined);
      this.nowMs += 0.05;
      this.between();
      const result = work();
      if (process.env['SWITCHBOARD_TRACE'] !== undefined) this.note(`    ${what}`);
      // Let others come first now and then, as a real file system does.
      await Promise.resolve();
      return result;
    };
    const handleOf = (file: SimulatedFile): LogHandle => {
      open.add(file);
      file.openCount++;
      return {
        stat: () => step(`stat handle ${file.inode}`, () => this.#stateOf(file)),
        read: (buffer, at, length, position) =>
          step(`read ${file.inode} at ${position}`, () => {
            const start = position ?? 0;
            return { bytesRead: file.content.subarray(start, start + length).copy(buffer, at) };
          }),
        close: () =>
          step(`close ${file.inode}`, () => {
            open.delete(file);
            this.close(file);
          }),
      };
    };
    return {
      stat: (path) =>
        step(`stat ${path}`, () => {
          if (path === this.folder) return this.#folderState();
          const file = this.#names.get(basename(path));
          return file && dirname(path) === this.folder ? this.#stateOf(file) : undefined;
        }),
      list: (folder) =>
        step(`list ${folder}`, () => {
          if (folder !== this.folder) throw systemError('ENOENT');
          return this.names.map((name): FolderEntry => ({
            name,
            isDirectory: () => false,
            isSymbolicLink: () => false,
          }));
        }),
      open: (path) =>
        step(`open ${path}`, () => {
          const file = this.#names.get(basename(path));
          if (!file || dirname(path) !== this.folder) throw systemError('ENOENT');
          return handleOf(file);
        }),
      realPath: (path) => Promise.resolve(path),
      kill: () => {
        isAlive = false;
        for (const file of open) this.close(file);
      },
    };
  }

  #stateOf(file: SimulatedFile): FileState {
    return {
      dev: 1,
      ino: file.inode,
      nlink: Number(file.isNamed),
      size: file.content.length,
      mtimeMs: file.mtimeMs,
      ctimeMs: file.ctimeMs,
      birthtimeMs: this.#kind.hasBirthTimes ? file.birthtimeMs : 0,
      isFile: () => true,
      isDirectory: () => false,
    };
  }

  #folderState(): FileState {
    return {
      dev: 1,
      ino: 2,
      nlink: 2,
      size: 4096,
      mtimeMs: this.#modifiedMs,
      ctimeMs: this.#modifiedMs,
      birthtimeMs: 0,
      isFile: () => false,
      isDirectory: () => true,
    };
  }

  #stamp(): number {
    return Math.floor(this.nowMs / tickMs) * tickMs + 0.0625;
  }

  #touchFolder(): void {
    this.#modifiedMs = this.#stamp();
  }

  #inode(): number {
    if (this.#freed.length === 0 || this.#kind.inodes === 'never-again') return this.#nextInode++;
    const inode = this.#kind.inodes === 'last-freed' ? (this.#freed.at(-1) ?? 0) : Math.min(...this.#freed);
    this.#freed.splice(this.#freed.indexOf(inode), 1);
    return inode;
  }

  #unname(name: string): void {
    const file = this.#names.get(name);
    if (!file) return;
    this.#names.delete(name);
    file.isNamed = false;
    this.#free(file);
  }

  #free(file: SimulatedFile): void {
    if (!file.isNamed && file.openCount === 0) this.#freed.push(file.inode);
  }
}
