import { describe, expect, test } from '@jest/globals';
import { parseClusters } from '../../../src/allocation/clusters/index.ts';
import type { AllocationMethod } from '../../../src/trial/allocation-plan.ts';
import { complete, constrained, faultsInCsv, optionsFor, stratified } from './given.ts';

const read = (
  text: string,
  method: AllocationMethod = complete,
): ReturnType<typeof parseClusters> =>
  parseClusters(text, { format: 'csv', ...optionsFor(method) });

describe('A CSV file of clusters', () => {
  test('gives ids, sizes, and all other columns as texts, in the order of the file', () => {
    const text = 'id,size,region\nd,40,north\nb,25.5,south\na,7,north\nc,1e2,south\n';
    expect(read(text)).toEqual({
      waves: [
        [
          { id: 'd', size: 40, values: { region: 'north' } },
          { id: 'b', size: 25.5, values: { region: 'south' } },
          { id: 'a', size: 7, values: { region: 'north' } },
          { id: 'c', size: 100, values: { region: 'south' } },
        ],
      ],
      warnings: [],
    });
  });

  test('gives the covariates that are continuous as numbers, and other needed columns as texts', () => {
    const text = 'id,size,rate,region,note\na,1,.5,1,7\nb,2,-2,1,\nc,3,+3.25,2,7\nd,4,1e-3,2,x\n';
    expect(read(text, constrained).waves[0]?.map(({ values }) => values)).toEqual([
      { rate: 0.5, region: '1', note: '7' },
      { rate: -2, region: '1' },
      { rate: 3.25, region: '2', note: '7' },
      { rate: 0.001, region: '2', note: 'x' },
    ]);
  });

  test('may name the ids after the unit, and have columns of any name', () => {
    const text = 'practice,__proto__,toString\na,1,2\nb,3,4\nc,5,6\nd,7,8\n';
    const [a] = read(text).waves[0] ?? [];
    expect(a?.id).toBe('a');
    expect(Object.entries(a?.values ?? {})).toEqual([
      ['__proto__', '1'],
      ['toString', '2'],
    ]);
  });

  test('takes the column id where there is one named as the unit as well', () => {
    const [a] = read('practice,id\nNorth,1\nSouth,2\nEast,3\nWest,4\n').waves[0] ?? [];
    expect(a).toEqual({ id: '1', values: { practice: 'North' } });
  });

  test('may have a byte order mark, any line breaks, quotes and empty lines', () => {
    const text = '\uFEFF"id",name\r\n\r\na,"Smith, ""Jo"""\nb,"two\nlines"\r\rc,x\n\nd,\r\n\r\n';
    expect(read(text).waves[0]).toEqual([
      { id: 'a', values: { name: 'Smith, "Jo"' } },
      { id: 'b', values: { name: 'two\nlines' } },
      { id: 'c', values: { name: 'x' } },
      { id: 'd', values: {} },
    ]);
  });

  test('is refused with lines as an editor counts them, after quoted line breaks too', () => {
    const text =
      'id,size\n\na,1\n"b\r\nb",2\n\nc,0\n"d\nd\n",3\ne,-1\n"f",x\ng,1,2\nh\n"i\ri","\r\n"\nj,no\n';
    expect(faultsInCsv(text, optionsFor(complete))).toEqual([
      'row 13: has 3 value(s) for the 2 column(s) of the header: put a value that holds a comma in quotes',
      'row 14: has 1 value(s) for the 2 column(s) of the header: put a value that holds a comma in quotes',
      'row 7, column "size": must be above 0, got "0"',
      'row 8, column "id": has white space at an end: remove it',
      'row 11, column "size": must be above 0, got "-1"',
      'row 12, column "size": must be a number such as 12 or 0.35, got "x"',
      'row 18, column "size": must be a number such as 12 or 0.35, got "no"',
    ]);
  });

  test.each([
    ['id,size\na,1\nb,"2\nc,3\n', ['row 3: opens a quote that is never closed']],
    ['"id","s\r\n2"\r\n\r\n\r\n"b,2\r\nc,3', ['row 5: opens a quote that is never closed']],
    ['"id', ['row 1: opens a quote that is never closed']],
    ['id,size\na,"1"x\nb,2\n', [expect.stringMatching(/^row 2: has a quote where none may stand/)]],
    ['id,size\na,1\nb,1"\n', [expect.stringMatching(/^row 3: .*put the whole value in quotes/)]],
  ])('is refused where a quote is out of place: %j', (text, faults) => {
    expect(faultsInCsv(text, optionsFor(complete))).toEqual(faults);
  });

  test.each(['', '\n\r\n', '\uFEFF'])('is refused when it is empty: %j', (text) => {
    expect(faultsInCsv(text, optionsFor(complete))).toEqual([
      ': is empty: the first line must name the columns, and each further one be a cluster',
    ]);
  });

  test('is refused with a header only, which is checked all the same', () => {
    expect(faultsInCsv('id\n', optionsFor(stratified))).toEqual([
      'row 1: has no column "region", which `strata` of the method needs',
      ': holds no cluster',
    ]);
    expect(faultsInCsv('id', optionsFor(complete))).toEqual([': holds no cluster']);
  });

  test('never repeats an id in a message', () => {
    const text = `id,size\nsecret-1,1\nsecret-1,2\nSECRET-1,3\n secret-2,4\n${'secret'.repeat(99)},5\nsecret-3"\n`;
    expect(JSON.stringify(faultsInCsv(text, optionsFor(complete)))).not.toMatch(/secret/i);
    const right = text.replace('secret-3"', 'secret-3');
    expect(faultsInCsv(right, optionsFor(complete))).toHaveLength(5);
    expect(JSON.stringify(faultsInCsv(right, optionsFor(complete)))).not.toMatch(/secret/i);
  });

  test('of 100,000 clusters is read in about a second', () => {
    const rows = Array.from(
      { length: 100_000 },
      (_, i) => `practice-${i},${i + 1},${i % 97},"region ${i % 9}",x`,
    );
    // The processor's time, as others may be at work on the machine.
    const start = process.cpuUsage();
    const { waves } = read(`id,size,rate,region,note\n${rows.join('\n')}`, constrained);
    const seconds = process.cpuUsage(start).user / 1e6;
    expect(waves[0]).toHaveLength(100_000);
    expect(waves[0]?.at(-1)).toEqual({
      id: 'practice-99999',
      size: 100_000,
      values: { rate: 89, region: 'region 0', note: 'x' },
    });
    expect(seconds).toBeLessThan(4);
  });
});
