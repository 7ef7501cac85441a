import type { AlertLogMapping } from '../mapping.ts';
import { epicClarity } from './epic-clarity.ts';
import { epicEhi } from './epic-ehi.ts';
import { generic } from './generic.ts';
import { oracleEks } from './oracle-eks.ts';

/** The names of the mappings that come with the library. */
export type AlertLogPreset = 'epic-ehi' | 'epic-clarity' | 'oracle-eks' | 'generic';

/**
 * Mappings to begin with, to be printed, copied and changed: none is complete, because each lacks the zone of
 * the clocks and the name of the alert. Their `notes` say what is not published.
 */
export const alertLogPresets: Readonly<Record<AlertLogPreset, AlertLogMapping>> = {
  'epic-ehi': epicEhi,
  'epic-clarity': epicClarity,
  'oracle-eks': oracleEks,
  generic,
};
