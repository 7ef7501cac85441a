import type { DateUnit, Selector, Step } from './template.ts';

const people: ReadonlyMap<string, string> = new Map([
  ['userPractitionerId', 'Practitioner'],
  ['userPractitionerRoleId', 'PractitionerRole'],
  ['userPatientId', 'Patient'],
  ['userRelatedPersonId', 'RelatedPerson'],
]);

/** What older or careless services write, and what is right. */
const corrections: ReadonlyMap<string, string> = new Map([
  ['user', 'context.userId'],
  ['User.id', 'context.userId'],
  ['userId', 'context.userId'],
  ['Patient.id', 'context.patientId'],
  ['patientId', 'context.patientId'],
  ['encounterId', 'context.encounterId'],
]);

const units: readonly DateUnit[] = ['year', 'month', 'week', 'day', 'hour', 'minute', 'second'];

function parseToday(rest: string): Selector | string {
  if (!/^(?:\s*[+-]\s*\d{1,5}\s*[a-z]+)*\s*$/.test(rest)) {
    return 'after today() write such as "- 90 days": a whole number and a unit';
  }
  const shifts: { readonly amount: number; readonly unit: DateUnit }[] = [];
  for (const [, sign, digits, word] of rest.matchAll(/([+-])\s*(\d+)\s*([a-z]+)/g)) {
    const unit = units.find((one) => word === one || word === `${one}s`);
    if (unit === undefined) return `"${word}" is no unit: use ${units.join('s, ')}s`;
    shifts.push({ amount: Number(`${sign}${digits}`), unit });
  }
  return { from: 'today', shifts };
}

function parseSteps(path: string): readonly Step[] | string {
  const steps: Step[] = [];
  for (const step of path.split('.')) {
    const resourceType = /^ofType\(\s*([A-Z][A-Za-z]*)\s*\)$/.exec(step)?.[1];
    if (step === 'resolve()') steps.push({ to: 'reference' });
    else if (resourceType !== undefined) steps.push({ to: 'type', resourceType });
    else if (/^[A-Za-z_][\w-]*$/.test(step)) steps.push({ to: 'element', name: step });
    else {
      const what = step === '' ? 'a step is empty' : `"${step}" is no step`;
      return `${what}: a path has names of elements, resolve() and ofType(ResourceType)`;
    }
  }
  return steps;
}

/** Reads what stands between two braces or pipes; a text says what is wrong with it. */
export function parseSelector(text: string): Selector | string {
  const resourceType = people.get(text);
  if (resourceType !== undefined) return { from: 'user', resourceType };
  const correct = corrections.get(text);
  if (correct !== undefined) return `write {{${correct}}}`;
  if (text.startsWith('today()')) return parseToday(text.slice('today()'.length));
  const [, root, key, rest] = /^(context|%(`[^`]+`|[\w-]+))\.(.+)$/.exec(text) ?? [];
  if (root === undefined || rest === undefined) {
    return `begin with "context." or "%key." and name what is meant, or use today() or ${[...people.keys()].join(', ')}`;
  }
  const steps = parseSteps(rest);
  if (typeof steps === 'string') return steps;
  if (key !== undefined) return { from: 'prefetch', key: key.replaceAll('`', ''), steps };
  return steps[0]?.to === 'element'
    ? { from: 'context', steps }
    : 'after "context." name a member of the context';
}
