// The store of sealed values: what counts is what its caller's table names, whatever else is in the files.
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { machineFiles } from '../../src/engine/durable.ts';
import { SealedStore } from '../../src/engine/sealed.ts';
import { temporaryFolder } from '../support/temporary.ts';

const hour = 490_000;

function block(of: number, content: string): { hour: number; content: Buffer } {
  return { hour: of, content: Buffer.from(content) };
}

async function contents(store: SealedStore, of: number): Promise<string[] | 'lost'> {
  const result: string[] = [];
  return (await store.read(of, (content) => result.push(content.toString()))) ? result : 'lost';
}

function newStore(): { store: SealedStore; directory: string } {
  const directory = join(temporaryFolder(), 'deep', 'sealed');
  return { store: new SealedStore(directory, machineFiles), directory };
}

/** What a process that starts anew has: the table of blocks, and the files. */
function restarted(store: SealedStore, directory: string): SealedStore {
  const again = new SealedStore(directory, machineFiles);
  for (const [each, places] of store.hours) again.add(places.map((content) => ({ hour: each, content })));
  again.nextSegment = store.nextSegment;
  return again;
}

describe('sealed values on disk', () => {
  it('come back by hour, in the order in which they were written', async () => {
    const { store, directory } = newStore();
    store.add(await store.append([block(hour, 'one'), block(hour - 1, 'other')], hour));
    store.add(await store.append([block(hour, 'two'), block(hour, 'three')], hour));
    store.add(await store.append([block(hour, 'four')], hour + 1));
    for (const each of [store, restarted(store, directory)]) {
      expect(await contents(each, hour)).toEqual(['one', 'two', 'three', 'four']);
      expect(await contents(each, hour - 1)).toEqual(['other']);
      expect(await contents(each, hour + 5)).toEqual([]);
    }
  });

  it('count only when they were added, so an uncommitted end is not seen', async () => {
    const { store, directory } = newStore();
    store.add(await store.append([block(hour, 'committed')], hour));
    const again = restarted(store, directory);
    await store.append([block(hour, 'not committed')], hour);
    expect(await contents(again, hour)).toEqual(['committed']);
    again.add(await again.append([block(hour, 'later')], hour));
    expect(await contents(again, hour)).toEqual(['committed', 'later']);
  });

  it('are read in pieces when an hour is larger than the memory given to it', async () => {
    const { store } = newStore();
    const large = Array.from({ length: 9 }, (_, index) => String(index).repeat(300_000));
    store.add(
      await store.append(
        large.map((content) => block(hour, content)),
        hour,
      ),
    );
    expect(await contents(store, hour)).toEqual(large);
  });

  test.each([
    ['a bit that flipped in the content', (path: string) => flip(path, 20)],
    ['a bit that flipped in a length', (path: string) => flip(path, 0)],
    ['a bit that flipped in a checksum', (path: string) => flip(path, 5)],
    ['a file that is too short', (path: string) => truncateSync(path, 12)],
    ['an empty file', (path: string) => truncateSync(path, 0)],
    ['a missing file', (path: string) => rmSync(path)],
  ])('are lost for the whole hour after %s, and other hours are not', async (_, damage) => {
    const { store, directory } = newStore();
    store.add(await store.append([block(hour, 'first block'), block(hour, 'second block')], hour));
    store.add(await store.append([block(hour - 3, 'another hour')], hour + 1));
    damage(join(directory, 'sealed-1.log'));
    expect(await contents(store, hour)).toBe('lost');
    expect([...store.lostHours]).toEqual([hour]);
    expect(await contents(store, hour - 3)).toEqual(['another hour']);
  });

  it('of another hour are never taken for the right ones', async () => {
    const { store, directory } = newStore();
    const [written] = await store.append([block(hour, 'something')], hour);
    const again = new SealedStore(directory, machineFiles);
    again.add([{ hour: hour + 1, content: written!.content }]);
    expect(await contents(again, hour + 1)).toBe('lost');
  });

  it('that are missing are found at the start', async () => {
    const { store, directory } = newStore();
    store.add(await store.append([block(hour, 'one'), block(hour + 1, 'two')], hour));
    store.add(await store.append([block(hour + 2, 'three')], hour + 2));
    truncateSync(join(directory, 'sealed-1.log'), 15);
    const again = restarted(store, directory);
    expect(again.loseMissing()).toEqual([hour, hour + 1]);
    expect(await contents(again, hour + 2)).toEqual(['three']);
  });

  it('can be written again after the folder could not be used, and nothing is counted twice', async () => {
    const { store, directory } = newStore();
    store.add(await store.append([block(hour, 'before')], hour));
    rmSync(directory, { recursive: true });
    writeFileSync(directory, 'a file in place of the folder');
    for (let attempt = 0; attempt < 3; attempt++) {
      await expect(store.append([block(hour + 1, 'after')], hour)).rejects.toMatchObject({ code: expect.any(String) });
    }
    rmSync(directory);
    mkdirSync(directory);
    store.add(await store.append([block(hour + 1, 'after')], hour));
    expect(await contents(store, hour + 1)).toEqual(['after']);
    expect(await contents(store, hour)).toBe('lost');
  });

  it('are deleted with their files when their hours are forgotten, but not before the next tidying', async () => {
    const { store, directory } = newStore();
    writeFileSync(join(temporaryFolder(), 'unrelated'), '');
    for (let index = 0; index < 5; index++) {
      store.add(await store.append([block(hour + index, `hour ${index}`)], hour + index));
    }
    store.forgetBefore(hour + 3);
    expect(readdirSync(directory)).toHaveLength(5);
    await store.tidy();
    expect(readdirSync(directory).toSorted()).toEqual(['sealed-4.log', 'sealed-5.log']);
    expect(await contents(store, hour + 3)).toEqual(['hour 3']);
  });

  it('of an earlier state are deleted at the first tidying; other files are left alone', async () => {
    const { directory } = newStore();
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'sealed-77.log'), 'old');
    writeFileSync(join(directory, 'notes.txt'), 'mine');
    const store = new SealedStore(directory, machineFiles);
    await store.tidy();
    expect(readdirSync(directory)).toEqual(['notes.txt']);
  });

  it('do not mind what stands behind them', async () => {
    const { store, directory } = newStore();
    store.add(await store.append([block(hour, 'good')], hour));
    appendFileSync(join(directory, 'sealed-1.log'), Buffer.alloc(1000, 0xff));
    const again = restarted(store, directory);
    expect(again.loseMissing()).toEqual([]);
    expect(await contents(again, hour)).toEqual(['good']);
  });
});

function flip(path: string, position: number): void {
  const bytes = readFileSync(path);
  bytes[position]! ^= 0x10;
  writeFileSync(path, bytes);
}
