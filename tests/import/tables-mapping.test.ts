import { describe, expect, test } from '@jest/globals';
import { ImportError } from '../../src/errors.ts';
import { orderMappingFrom, stayMappingFrom, tablePresets } from '../../src/import/tables/index.ts';

const zone = 'America/New_York';

/** The paths and messages of every fault of a mapping. */
function faults(check: () => unknown): readonly string[] {
  try {
    check();
  } catch (error) {
    if (!(error instanceof ImportError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
  return [];
}

describe('A mapping of a table', () => {
  test('may be printed, copied and read again, as each preset may with a zone', () => {
    for (const preset of Object.values(tablePresets)) {
      const document: unknown = JSON.parse(JSON.stringify({ ...preset, zone }));
      const mapping =
        preset.kind === 'stays' ? stayMappingFrom(document) : orderMappingFrom(document);
      expect(mapping).toEqual({ ...preset, zone });
    }
  });

  test('is refused without a zone, because no clock is everybody’s', () => {
    expect(faults(() => stayMappingFrom(tablePresets['pcornet-encounter']))).toEqual([
      'mapping.zone: is needed: the IANA time zone of the times, such as America/New_York',
    ]);
    expect(
      faults(() => orderMappingFrom({ ...tablePresets['pcornet-prescribing'], zone: 'EST5EDT4' })),
    ).toEqual(['mapping.zone: must be an IANA time zone, such as America/New_York']);
  });

  test('tells all of its faults at once', () => {
    const found = faults(() =>
      stayMappingFrom({
        kind: 'stays',
        zone,
        times: 'YYYY HH:mm',
        delimiter: '::',
        columns: { patient: ' ', from: { time: 'T' }, to: {}, key: '__proto__', birth: 'B' },
        where: [{ column: 'a', in: ['x'], empty: true }],
        openEnd: 'today',
        longestOpenDays: 0.5,
      }),
    );
    expect(found).toHaveLength(12);
    expect(found).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^mapping.times.*(MM|month)/),
        expect.stringContaining('mapping.delimiter: must be one character'),
        expect.stringContaining('mapping.columns.patient: the name of a column must not be empty'),
        expect.stringContaining('mapping.columns.key: no column can have this name'),
        expect.stringContaining('mapping.columns.from: needs `at`'),
        expect.stringContaining('mapping.columns.to: needs `at`'),
        expect.stringContaining('birth'),
        expect.stringContaining('mapping.where[0]: must have a column and one of'),
        expect.stringContaining('mapping.openEnd: must be "cut-off" or "reject"'),
        expect.stringContaining('mapping.longestOpenDays: must be a whole number'),
        expect.stringContaining('mapping.dateOnly: must be "reject", "nights" or "days"'),
      ]),
    );
  });

  test('of orders needs codes with systems, and one meaning for each status', () => {
    const base = { ...tablePresets['pcornet-prescribing'], zone };
    expect(faults(() => orderMappingFrom({ ...base, codes: [] }))).toEqual([
      'mapping.codes: needs a column of codes',
    ]);
    expect(
      faults(() => orderMappingFrom({ ...base, codes: [{ column: 'PX', type: 'PX_TYPE' }] })),
    ).toEqual(['mapping.codes[0]: needs `system`, or `type` and `systems`']);
    expect(
      faults(() =>
        orderMappingFrom({
          ...base,
          status: { column: 'STATUS', placed: ['sent', 'done'], left: ['done'] },
        }),
      ),
    ).toEqual(['mapping.status: has "done" twice: a status has one meaning']);
  });

  test('of the other kind is refused', () => {
    expect(
      faults(() => stayMappingFrom({ ...tablePresets['omop-drug-exposure'], zone }))[0],
    ).toContain('must be "stays"');
  });
});
