/**
 * What the specification says of what a service sends, written down once more from its text, apart from
 * the schemas of the service: each function gives every fault it finds, and an empty list for none.
 *
 * Sources: CDS Hooks 2.0.1, "Discovery", "CDS Service Response", "Card Attributes" and what follows
 * them, and the invariants cds-resp-1 to -7; FHIR R4, OperationOutcome and the value set issue-type.
 */

type Faults = readonly string[];
type JsonObject = Readonly<Record<string, unknown>>;
type Check = (value: unknown, at: string) => Faults;

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const text: Check = (value, at) =>
  typeof value === 'string' && value !== '' ? [] : [`${at} is no text`];
const flag: Check = (value, at) => (typeof value === 'boolean' ? [] : [`${at} is no boolean`]);
const anything: Check = () => [];
const anObject: Check = (value, at) => (isObject(value) ? [] : [`${at} is no object`]);

const oneOf =
  (...values: readonly string[]): Check =>
  (value, at) =>
    values.some((one) => one === value) ? [] : [`${at} is none of ${values.join(', ')}`];

const url: Check = (value, at) =>
  typeof value === 'string' && /^[a-z][a-z0-9+.-]*:[^\s]/i.test(value.trim())
    ? []
    : [`${at} is no absolute address`];

const listOf =
  (item: Check): Check =>
  (value, at) =>
    Array.isArray(value)
      ? value.flatMap((each: unknown, index) => item(each, `${at}[${index}]`))
      : [`${at} is no list`];

/** An object with these members and no others; those whose name ends in `!` must be there. */
const shape =
  (members: Readonly<Record<string, Check>>, more: Check = anything): Check =>
  (value, at) => {
    if (!isObject(value)) return [`${at} is no object`];
    const known = new Set(Object.keys(members).map((name) => name.replace('!', '')));
    return [
      ...Object.entries(members).flatMap(([written, check]) => {
        const name = written.replace('!', '');
        if (Object.hasOwn(value, name)) return check(value[name], `${at}.${name}`);
        return written === name ? [] : [`${at}.${name} is missing`];
      }),
      ...Object.keys(value)
        .filter((name) => !known.has(name))
        .map((name) => `${at}.${name} is not defined`),
      ...more(value, at),
    ];
  };

const when = (fault: boolean, message: string): Faults => (fault ? [message] : []);
const extension = anObject;

const codingMembers = { 'code!': text, 'system!': text, display: text, extension };
const coding = shape(codingMembers);
const overrideReason = shape({ ...codingMembers, 'display!': text });

const action = (isSuggested: boolean): Check =>
  shape(
    {
      'type!': oneOf('create', 'update', 'delete'),
      [isSuggested ? 'description!' : 'description']: text,
      resource: (value, at) =>
        when(!isObject(value) || typeof value['resourceType'] !== 'string', `${at} is no resource`),
      resourceId: text,
      extension,
    },
    (value, at) => {
      const { type, resource, resourceId } = isObject(value) ? value : {};
      return [
        ...when(type === 'delete' && resourceId === undefined, `${at}: cds-resp-2`),
        ...when(type !== 'delete' && resource === undefined, `${at} has no resource`),
      ];
    },
  );

const suggestion = shape({
  'label!': text,
  uuid: text,
  isRecommended: flag,
  actions: listOf(action(true)),
  actionSelectionBehavior: oneOf('all', 'any', 'at-most-one'),
  extension,
});

const link = shape(
  {
    'label!': text,
    'url!': url,
    'type!': oneOf('absolute', 'smart'),
    appContext: text,
    autolaunchable: flag,
    extension,
  },
  (value, at) =>
    when(
      isObject(value) && value['appContext'] !== undefined && value['type'] !== 'smart',
      `${at}: cds-resp-3`,
    ),
);

const card = shape(
  {
    'uuid!': (value, at) =>
      when(!/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/.test(String(value)), `${at} is no uuid`),
    'summary!': (value, at) => [
      ...text(value, at),
      ...when(Array.from(String(value)).length >= 140, `${at} has 140 characters or more`),
    ],
    detail: text,
    'indicator!': oneOf('info', 'warning', 'critical'),
    'source!': shape({ 'label!': text, url, icon: url, topic: coding, extension }),
    suggestions: listOf(suggestion),
    selectionBehavior: oneOf('at-most-one', 'any'),
    overrideReasons: listOf(overrideReason),
    links: listOf(link),
    extension,
  },
  (value, at) => {
    const { suggestions, selectionBehavior } = isObject(value) ? value : {};
    const offered = Array.isArray(suggestions) ? suggestions.filter(isObject) : [];
    const recommended = offered.filter(({ isRecommended }) => isRecommended === true);
    return [
      ...when(selectionBehavior === 'at-most-one' && recommended.length > 1, `${at}: cds-resp-1`),
      ...when(offered.length > 0 && selectionBehavior === undefined, `${at}: cds-resp-6`),
      // Feedback names a suggestion by its uuid.
      ...when(
        offered.some(({ uuid }) => uuid === undefined),
        `${at}: a suggestion has no uuid`,
      ),
    ];
  },
);

/** What is wrong with the answer to a call. */
export function faultsOfAnswer(document: unknown): Faults {
  return shape(
    { 'cards!': listOf(card), systemActions: listOf(action(false)), extension },
    (value) => {
      const cards = isObject(value) && Array.isArray(value['cards']) ? value['cards'] : [];
      const ids = cards.map((each: unknown) => (isObject(each) ? each['uuid'] : undefined));
      return when(new Set(ids).size < ids.length, 'two cards have one uuid');
    },
  )(document, 'answer');
}

/** What is wrong with the list of services. */
export function faultsOfDiscovery(document: unknown): Faults {
  const service = shape({
    'hook!': text,
    title: text,
    'description!': text,
    'id!': text,
    prefetch: (value, at) =>
      isObject(value)
        ? Object.entries(value).flatMap(([key, query]) => text(query, `${at}.${key}`))
        : [`${at} is no object`],
    usageRequirements: text,
    version: text,
    hookVersion: text,
    extension,
  });
  return shape({ 'services!': listOf(service) })(document, 'discovery');
}

const issueTypes = [
  'invalid structure required value invariant security login unknown expired forbidden suppressed',
  'processing not-supported duplicate multiple-matches not-found deleted too-long code-invalid',
  'extension too-costly business-rule conflict transient lock-error no-store exception timeout',
  'incomplete throttled informational',
].flatMap((line) => line.split(' '));

/** What is wrong with the answer to what was refused. */
export function faultsOfOutcome(document: unknown): Faults {
  const issue = shape({
    'severity!': oneOf('fatal', 'error', 'warning', 'information'),
    'code!': oneOf(...issueTypes),
    'diagnostics!': text,
    expression: listOf(text),
  });
  return shape(
    { 'resourceType!': oneOf('OperationOutcome'), 'issue!': listOf(issue) },
    (value, at) =>
      when(
        !isObject(value) || !Array.isArray(value['issue']) || value['issue'].length === 0,
        `${at} has no issue`,
      ),
  )(document, 'outcome');
}

/** What the issues of an OperationOutcome say, joined. */
export function diagnosticsOf(document: unknown): string {
  const issues = isObject(document) ? document['issue'] : undefined;
  return (Array.isArray(issues) ? issues : [])
    .map((issue: unknown) => (isObject(issue) ? String(issue['diagnostics']) : ''))
    .join('\n');
}
