import type { StayImportOptions } from '../../src/import/tables/index.ts';
import type { Trial } from '../../src/index.ts';
import { trialWith } from '../trials.ts';

/** What processes of their own import into. */
export const trial: Trial = trialWith();

/** How they do. */
export const stayImport: Pick<StayImportOptions, 'mapping' | 'cutOff'> = {
  mapping: {
    kind: 'stays',
    zone: 'America/New_York',
    columns: { patient: 'mrn', from: { at: 'in' }, to: { at: 'out' } },
    where: [{ column: 'class', in: ['IP'] }],
    openEnd: 'cut-off',
    dateOnly: 'reject',
  },
  cutOff: Date.UTC(2026, 9, 20, 12),
};
