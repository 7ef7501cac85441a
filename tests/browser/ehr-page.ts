/**
 * A small EHR in one web page, which follows CDS Hooks as a client: it signs a JSON Web Token for each
 * request with a key of its own, asks what services there are, calls one when a chart is opened, shows
 * its cards, and sends what the clinician did as feedback. It knows nothing of the service but its address.
 */
export const ehrPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Synthetic EHR</title>
<body>
<h1>Chart</h1>
<main></main>
<p id="status">starting</p>
<script type="module">
const say = (text) => { document.querySelector('#status').textContent = text; };
const base64url = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
const encode = (document) => base64url(new TextEncoder().encode(JSON.stringify(document)));

const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-384' }, false, ['sign', 'verify']);
const jwk = { ...(await crypto.subtle.exportKey('jwk', pair.publicKey)), kid: 'ehr-1', alg: 'ES384', use: 'sig' };

async function token(audience) {
  const now = Math.floor(Date.now() / 1000);
  const head = encode({ alg: 'ES384', typ: 'JWT', kid: 'ehr-1', jku: location.origin + '/jwks.json' });
  const body = encode({ iss: location.origin, aud: audience, iat: now, exp: now + 300, jti: crypto.randomUUID() });
  const signed = await crypto.subtle.sign(
    { name: 'ECDSA', hash: 'SHA-384' }, pair.privateKey, new TextEncoder().encode(head + '.' + body));
  return head + '.' + body + '.' + base64url(signed);
}

async function ask(url, document) {
  const response = await fetch(url, {
    method: document === undefined ? 'GET' : 'POST',
    headers: {
      authorization: 'Bearer ' + await token(url),
      ...(document === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(document === undefined ? {} : { body: JSON.stringify(document) }),
  });
  if (!response.ok) throw new Error(response.status + ' ' + await response.text());
  return response.json();
}

function element(name, text, onclick) {
  const made = document.createElement(name);
  made.textContent = text;
  if (onclick) made.addEventListener('click', () => void onclick().catch((error) => say('failed: ' + error.message)));
  return made;
}

function show(card, send) {
  const article = document.createElement('article');
  article.dataset.uuid = card.uuid;
  article.append(element('h2', card.summary), element('small', card.source.label));
  const done = async (item) => {
    await send({ card: card.uuid, outcomeTimestamp: new Date().toISOString(), ...item });
    article.remove();
    say('feedback sent');
  };
  for (const { label, uuid } of card.suggestions ?? []) {
    article.append(element('button', label, () => done({ outcome: 'accepted', acceptedSuggestions: [{ id: uuid }] })));
  }
  for (const reason of card.overrideReasons ?? []) {
    article.append(element('button', reason.display, () => done({
      outcome: 'overridden',
      overrideReason: { reason: { code: reason.code, system: reason.system } },
    })));
  }
  document.querySelector('main').append(article);
}

async function openChart(base, patient) {
  document.querySelector('main').replaceChildren();
  const { services } = await ask(base + '/cds-services');
  const service = services.find(({ hook }) => hook === 'patient-view');
  const address = base + '/cds-services/' + service.id;
  const { cards } = await ask(address, {
    hook: 'patient-view',
    hookInstance: crypto.randomUUID(),
    context: { userId: 'Practitioner/planted-clinician-1', patientId: patient },
    prefetch: { patient: { resourceType: 'Patient', id: patient } },
  });
  for (const card of cards) show(card, (item) => ask(address + '/feedback', { feedback: [item] }));
  say(cards.length + ' card(s)');
}

await fetch('/jwks.json', { method: 'PUT', body: JSON.stringify({ keys: [jwk] }) });
window.openChart = (base, patient) => openChart(base, patient).catch((error) => say('failed: ' + error.message));
say('ready');
</script>
</body>
</html>
`;
