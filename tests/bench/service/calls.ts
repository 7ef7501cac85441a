import { Agent, request } from 'node:http';

/** What came back. */
interface Answered {
  readonly status: number;
  readonly text: string;
}

/** A client that keeps its connections, as an EHR does. */
export interface Client extends Disposable {
  /** @throws Error when the connection breaks */
  post(url: string, body: unknown): Promise<Answered>;
}

/** A client of CDS Hooks over plain HTTP. */
export function client(): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  return {
    post: (url, body) =>
      new Promise((resolve, reject) => {
        const sent = request(
          url,
          { agent, method: 'POST', headers: { 'content-type': 'application/json' } },
          (response) => {
            let text = '';
            response.setEncoding('utf8');
            response.on('data', (part: string) => (text += part));
            response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
            response.on('error', reject);
          },
        );
        sent.on('error', reject);
        sent.end(JSON.stringify(body));
      }),
    [Symbol.dispose]: () => agent.destroy(),
  };
}

/** A chart that is opened, with the little that a patient-view call holds; synthetic. */
export function chartOpened(number: number): object {
  const patient = `load-${number % 5_000}`;
  return {
    hook: 'patient-view',
    hookInstance: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
    context: {
      userId: `Practitioner/load-${number % 200}`,
      patientId: patient,
      encounterId: `load-${number % 7_000}`,
    },
    prefetch: {
      patient: {
        resourceType: 'Patient',
        id: patient,
        birthDate: '1950-01-01',
        text: { status: 'generated', div: 'x'.repeat(2_000) },
      },
      encounter: null,
    },
  };
}

/** The uuids of the cards of an answer. */
export function cardsOf(text: string): readonly string[] {
  const { cards } = JSON.parse(text) as { readonly cards: readonly { readonly uuid?: string }[] };
  return cards.flatMap(({ uuid }) => uuid ?? []);
}
