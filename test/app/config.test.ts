import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConfigurationError, loadConfiguration, readConfiguration } from '../../src/app/config.ts';
import { UsageError } from '../../src/model/errors.ts';
import { testCatalogue } from '../support/catalogue.ts';

const directory = mkdtempSync(join(tmpdir(), 'switchboard-config-'));
const file = join(directory, 'sb.yaml');
beforeAll(() => {
  mkdirSync(join(directory, 'secrets'));
  writeFileSync(join(directory, 'secrets', 'token'), 'file-secret-1\n');
  writeFileSync(join(directory, 'secrets', 'empty'), '\n');
  writeFileSync(join(directory, 'secrets', 'large'), 'x'.repeat(70_000));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const environment = { PLACE: 'noc', PORT: '8123', WORD: 'tall', SECURE: 'true', EMPTY: '', API_TOKEN: 'env-secret-1' };

function read(text: string) {
  return readConfiguration(text, file, { catalogue: testCatalogue(), environment });
}

/** The faults, each without the path of the file in front. */
async function faultsOf(text: string): Promise<string[]> {
  try {
    await read(text);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.faults.map((fault) => fault.replace(`${file}:`, ''));
  }
  return [];
}

const source = 'sources:\n  - { family: words, host: a, paths: [x.log] }\n';

describe('a valid configuration', () => {
  test('gets every default filled in, with paths relative to its own folder', async () => {
    const config = await read(`instance: noc-1\noutputs:\n  memory:\n${source}`);
    expect(config.stateDirectory).toBe(join(directory, 'state'));
    expect(config.web).toBeUndefined();
    expect(config.outputs).toMatchObject([{ name: 'memory', options: { box: 'box', mode: 'exact' } }]);
    expect(config.sources).toMatchObject([
      {
        name: 'words-a',
        host: 'a',
        instance: 'noc-1',
        paths: [join(directory, 'x.log')],
        bucketSeconds: 10,
        latenessSeconds: 300,
        lateHorizonHours: 48,
        outputs: ['memory'],
        onStateLoss: 'stop',
        onFull: 'block',
        spoolLimitMegabytes: 1024,
        isHostZone: true,
      },
    ]);
  });

  test('leaves standard input and absolute paths as they are', async () => {
    const config = await read('sources:\n  - { family: words, host: a, paths: ["-", /var/log/x] }\n');
    expect(config.sources[0]?.paths).toEqual(['-', '/var/log/x']);
  });

  test('may name outputs freely when it says what kind they are', async () => {
    const config = await read(`outputs:\n  near: { type: memory }\n  far: { type: memory, box: b }\n${source}`);
    expect(config.outputs.map(({ name, kind }) => [name, kind.name])).toEqual([
      ['near', 'memory'],
      ['far', 'memory'],
    ]);
  });

  test('gives a source the outputs it names', async () => {
    const config = await read(
      'outputs: { memory: {}, far: { type: memory } }\nsources: [{ family: words, host: a, paths: [x], outputs: [far] }]',
    );
    expect(config.sources[0]?.outputs).toEqual(['far']);
  });

  test('makes a name that is fit for a folder from any host', async () => {
    const config = await read('sources: [{ family: words, host: "../a b", paths: [x] }]');
    expect(config.sources[0]?.name).toBe('words-.._a_b');
  });
});

describe('faults are named with line, column, key, what was found and what is allowed', () => {
  const table: readonly (readonly [what: string, text: string, faults: readonly (string | RegExp)[]])[] = [
    ['an empty file', '', ['1:1: the file must be a group of keys; at least "sources" is needed']],
    ['a list', '- a\n', ['1:1: the file must be a group of keys; at least "sources" is needed']],
    [
      'no sources',
      'instance: x\n',
      ['1:1: sources: this key is missing; it must be a list with at least 1 of: a group of keys (key: value)'],
    ],
    ['a key twice', `instance: a\ninstance: b\n${source}`, ['2:1: the key instance is given twice; keep one of them']],
    ['a tab', 'sources:\n\t- a\n', [/^2:1: a tab is used as indentation/]],
    ['an alias without anchor', `instance: *x\n${source}`, [/^1:11: the alias \*x has no anchor/]],
    [
      'an unquoted variable in braces',
      'outputs:\n  memory: { token: ${API_TOKEN} }\nsources: []\n',
      [/^2:21: .*inside \{ \} and \[ \] a value with \$\{\.\.\.\} needs quotes: "\$\{NAME\}"$/],
    ],
    [
      'a misspelt key at the top',
      `instnace: x\n${source}`,
      [
        '1:1: instnace: unknown key "instnace"; did you mean instance? (allowed are instance, stateDir, log, web, spoolLimitMegabytes, deadLetters, outputs, listen, alerts, sources)',
      ],
    ],
    [
      'a misspelt key of a source',
      'sources:\n  - family: words\n    host: a\n    paths: [x]\n    timezon: UTC\n',
      [/^5:5: sources\[0\]\.timezon: unknown key "timezon"; did you mean timezone\? \(allowed are family, /],
    ],
    [
      'a key in another style',
      'sources:\n  - { family: words, host: a, paths: [x], bucket_seconds: 5 }\n',
      [/^2:43: sources\[0\]\.bucket_seconds: unknown key "bucket_seconds"; did you mean bucketSeconds\?/],
    ],
    [
      'a misspelt key of an output',
      `outputs:\n  memory:\n    tokken: abcd\n${source}`,
      [
        '3:5: outputs.memory.tokken: unknown key "tokken"; did you mean token? (allowed are box, url, token, port, secure, mode)',
      ],
    ],
    [
      'a misspelt key deep in the options of a family',
      'sources:\n  - family: words\n    host: a\n    paths: [x]\n    options:\n      patterns:\n        - { keywrd: x }\n',
      [
        '7:11: sources[0].options.patterns[0].keyword: this key is missing; it must be a text that is not empty',
        '7:13: sources[0].options.patterns[0].keywrd: unknown key "keywrd"; did you mean keyword? (allowed are keyword, limit)',
      ],
    ],
    [
      'a number that is too large',
      'sources:\n  - { family: words, host: a, paths: [x], options: { patterns: [{ keyword: k, limit: 10 }] } }\n',
      ['2:86: sources[0].options.patterns[0].limit: found 10; allowed is a whole number up to 9'],
    ],
    [
      'a text for a number',
      'sources:\n  - { family: words, host: a, paths: [x], bucketSeconds: ten }\n',
      ['2:58: sources[0].bucketSeconds: found "ten"; allowed is a whole number from 1 to 86400'],
    ],
    [
      'a width that does not divide a day',
      'sources:\n  - { family: words, host: a, paths: [x], bucketSeconds: 7 }\n',
      ['2:58: sources[0].bucketSeconds: found 7; allowed is a number of seconds that divides a day (86400)'],
    ],
    [
      'a zone that does not exist',
      'sources:\n  - { family: words, host: a, paths: [x], timezone: Europe/Berlim }\n',
      [
        '2:53: sources[0].timezone: found "Europe/Berlim"; allowed is an IANA time zone such as Europe/Berlin, America/New_York or UTC',
      ],
    ],
    [
      'a zone of the alert receiver that does not exist',
      'listen: { token: sb_token_1, timezone: Europe/Berlim }\n',
      [
        '1:40: listen.timezone: found "Europe/Berlim"; allowed is an IANA time zone such as Europe/Berlin, America/New_York or UTC',
      ],
    ],
    [
      'a word that is not one of the choices',
      'sources:\n  - { family: words, host: a, paths: [x], onFull: blok }\n',
      ['2:51: sources[0].onFull: found "blok"; allowed is one of block, drop_oldest; did you mean block?'],
    ],
    [
      'an unknown family',
      'sources:\n  - { family: word, host: a, paths: [x] }\n',
      ['2:15: sources[0].family: found "word"; allowed is words; did you mean words?'],
    ],
    [
      'a missing host',
      'sources:\n  - family: words\n    paths: [x]\n',
      ['2:5: sources[0].host: this key is missing; it must be a text of 1 to 256 characters'],
    ],
    [
      'an empty list of paths',
      'sources: [{ family: words, host: a, paths: [] }]',
      [/^1:44: sources\[0\]\.paths: found an empty list; allowed is a list with 1 to 1000 of: a text/],
    ],
    [
      'one path that is no list',
      'sources: [{ family: words, host: a, paths: x }]',
      [/^1:44: sources\[0\]\.paths: found "x"; allowed is a list/],
    ],
    [
      'an unknown kind of output',
      `outputs:\n  memry: {}\n${source}`,
      [
        '2:10: outputs.memry: there is no kind of output "memry"; did you mean memory? (known are memory, forgetful); or say which it is with the key type',
      ],
    ],
    [
      'an output that is not declared',
      'outputs: { memory: {} }\nsources:\n  - { family: words, host: a, paths: [x], outputs: [memroy] }\n',
      ['3:53: sources[0].outputs[0]: there is no output "memroy"; did you mean memory? (declared are memory)'],
    ],
    [
      'two sources of one name',
      'sources:\n  - { family: words, host: a, paths: [x], name: n }\n  - { family: words, host: b, paths: [x], name: n }\n',
      ['3:49: sources[1].name: the source is called "n" as sources[0] is; give it a "name" of its own'],
    ],
    [
      'two sources that would overwrite each other',
      'sources:\n  - { family: words, host: a, paths: [x], name: m }\n  - { family: words, host: a, paths: [y], name: n }\n',
      [
        /^3:5: sources\[1\]: family, host and instance are those of sources\[0\], so their values would overwrite each other/,
      ],
    ],
    [
      'options that the analyzer refuses',
      'sources:\n  - { family: words, host: a, paths: [x], options: { fail: the expression is too slow } }\n',
      ['2:52: sources[0].options: the expression is too slow'],
    ],
    [
      'a URL that is none',
      `outputs:\n  memory: { url: nowhere }\n${source}`,
      ['2:18: outputs.memory.url: found "nowhere"; allowed is a URL'],
    ],
    [
      'a short web token',
      `web: { token: abc }\n${source}`,
      ['1:15: web.token: found a secret text (not shown); allowed is a text of at least 8 characters'],
    ],
    ['a key named __proto__', `__proto__: { a: 1 }\n${source}`, [/^1:1: __proto__: unknown key "__proto__"/]],
  ];

  test.each(table)('%s', async (_what, text, expected) => {
    const faults = await faultsOf(text);
    expect(faults).toHaveLength(expected.length);
    for (const [index, fault] of faults.entries()) {
      const pattern = expected[index] as string | RegExp;
      if (typeof pattern === 'string') expect(fault).toBe(pattern);
      else expect(fault).toMatch(pattern);
    }
  });

  test('several faults are told at once, in the order of the file', async () => {
    const faults = await faultsOf(
      'instnce: x\noutputs:\n  memory: { port: 0 }\nsources:\n  - { family: words, paths: [x], onFull: never }\n',
    );
    expect(faults.map((fault) => fault.split(':', 2).join(':'))).toEqual(['1:1', '3:19', '5:5', '5:42']);
  });

  test('the message counts the faults and names the file in front of each', async () => {
    await expect(read('a: 1\nb: 2\n')).rejects.toThrow(
      new RegExp(`^the configuration ${file} has 3 faults:\n  ${file}:1:1: .*\n  ${file}:1:1: .*\n  ${file}:2:1: `),
    );
  });

  test('aliases that multiply themselves are refused', async () => {
    const levels = Array.from({ length: 9 }, (_, level) => {
      const inner = level === 0 ? '"x"' : `*a${level - 1}`;
      return `k${level}: &a${level} [${Array.from({ length: 10 }, () => inner).join(', ')}]`;
    });
    expect(await faultsOf(levels.join('\n'))).toEqual([
      expect.stringMatching(/nested too deeply or has too many values/),
    ]);
  });

  test('a file that does not exist is named with the remedy', async () => {
    const load = loadConfiguration(join(directory, 'none.yaml'), { catalogue: testCatalogue(), environment });
    await expect(load).rejects.toThrow(UsageError);
    await expect(load).rejects.toThrow(/none\.yaml does not exist; name another with --config FILE/);
  });
});

describe('values from outside', () => {
  const withMemory = (options: string) => `outputs:\n  memory:\n    ${options}\n${source}`;

  test.each([
    ['box: "${PLACE}-${WORD}"', { box: 'noc-tall' }],
    ['box: ${NONE:-quiet}', { box: 'quiet' }],
    ['box: "${EMPTY:-quiet}"', { box: 'quiet' }],
    ['box: "${NONE:-}x"', { box: 'x' }],
    ['box: "$${PLACE} costs $5 $"', { box: '${PLACE} costs $5 $' }],
    ['box: "${PORT}"', { box: '8123' }],
    ['port: ${PORT}', { port: 8123 }],
    ['port: "${NONE:-99}"', { port: 99 }],
    ['secure: ${SECURE}', { secure: true }],
    ['token: ${file:secrets/token}', { token: 'file-secret-1' }],
    ['token: "${API_TOKEN}"', { token: 'env-secret-1' }],
  ])('%s is understood', async (option, expected) => {
    const config = await read(withMemory(option));
    expect(config.outputs[0]?.options).toMatchObject(expected);
  });

  test.each([
    [
      'box: ${NONE}',
      '3:10: outputs.memory.box: the environment variable NONE is not set; set it, or give a default with ${NONE:-default}',
    ],
    [
      'box: "${no good}"',
      '3:10: outputs.memory.box: "${no good}" is not understood; allowed are ${NAME}, ${NAME:-default}, ${file:PATH}, and $$ for a plain $',
    ],
    ['box: "${PLACE"', '3:10: outputs.memory.box: "${PLACE" has no closing }; write $$ for a plain $'],
    [
      'token: ${file:secrets/none}',
      `3:12: outputs.memory.token: the secret file ${directory}/secrets/none does not exist`,
    ],
    ['token: ${file:secrets/empty}', `3:12: outputs.memory.token: the secret file ${directory}/secrets/empty is empty`],
    [
      'token: ${file:secrets/large}',
      `3:12: outputs.memory.token: the secret file ${directory}/secrets/large is larger than 64 KiB; is the path right?`,
    ],
    ['port: ${WORD}', '3:11: outputs.memory.port: found "tall"; allowed is a whole number from 1 to 65535'],
    [
      'port: ${file:secrets/token}',
      '3:11: outputs.memory.port: found a secret text (not shown); allowed is a whole number from 1 to 65535',
    ],
    ['mode: ${API_TOKEN}', '3:11: outputs.memory.mode: found a secret text (not shown); allowed is one of fast, exact'],
    ['url: ftp://user:hidden-pass@place', '3:10: outputs.memory.url: found "ftp://user:***@place"; allowed is a URL'],
    [
      'token: ab',
      '3:12: outputs.memory.token: found a secret text (not shown); allowed is a text of at least 3 characters',
    ],
  ])('%s is refused', async (option, expected) => {
    expect(await faultsOf(withMemory(option))).toEqual([expected]);
  });

  test('secrets are masked wherever they turn up later', async () => {
    const config = await read(
      `web: { token: web-secret-1 }\noutputs:\n  memory: { token: "\${file:secrets/token}" }\n  far: { type: memory, token: plain"secret }\n${source}`,
    );
    const text = `web-secret-1 file-secret-1 ${JSON.stringify({ token: 'plain"secret' })} http://me:pass@host/ noc`;
    expect(config.secrets.hide(text)).toBe('*** *** {"token":"***"} http://me:***@host/ noc');
  });
});

describe('where a source reads from', () => {
  test('is asked for', async () => {
    expect(await faultsOf('sources:\n  - { family: words, host: a }\n')).toEqual([
      '2:5: sources[0]: at least one of "paths" and "listen" is needed',
    ]);
  });

  test('cannot be the network for a family that is not sent by syslog', async () => {
    expect(await faultsOf("sources:\n  - { family: words, host: a, listen: { udp: '127.0.0.1:5514' } }\n")).toEqual([
      '2:39: sources[0].listen: the family words is not sent by syslog; give "paths" instead',
    ]);
  });

  test.each([
    ["udp: '5514'", 'sources[0].listen.udp'],
    ["tcp: 'localhost:514'", 'sources[0].listen.tcp'],
    ["udp: '127.0.0.1:514', allow: [10.0.0.0/33]", 'sources[0].listen.allow[0]'],
    ['{}', 'sources[0].listen'],
  ])('is named where it is wrong: %s', async (listen, place) => {
    const keys = listen === '{}' ? listen : `{ ${listen} }`;
    const [fault = ''] = await faultsOf(`sources:\n  - { family: words, host: a, listen: ${keys} }\n`);
    expect(fault).toContain(`${place}: `);
  });
});
