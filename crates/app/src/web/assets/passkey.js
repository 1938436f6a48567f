// Passkeys: asks our server for a challenge, lets the browser answer it, sends the answer back. Without this script there are
// passwords and codes.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

/** The server could not be asked, or something between us answered in its place. */
class Unreached extends Error {
  name = "Unreached";
}

/** Where to go on when the server first wants something else; `here` is where the visitor wanted to be. */
const LEADS_ON = {
  confirm_first: (here) => location.assign(`/confirm?next=${encodeURIComponent(here)}`),
  sign_in: (here) => location.assign(`/login?next=${encodeURIComponent(here)}`),
  factor_missing: (here) => location.assign(`/login/factor?next=${encodeURIComponent(here)}`),
  // Another tab went on meanwhile, and this page offers what is not there any more.
  not_found: () => location.reload(),
};

/** Gives nothing when the visitor is led on. */
async function post(address, body, here) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  }).catch(() => { throw new Unreached(); });
  const said = await answer.json().catch(() => { throw new Unreached(); });
  if (answer.ok) return said;
  const lead = LEADS_ON[said.code];
  if (!lead) throw new Error(`${said.title}. ${said.detail}`);
  lead(here);
  return undefined;
}

const known = (list) => list?.map((one) => ({ ...one, id: bytes(one.id) }));

async function make({ publicKey }) {
  const made = await navigator.credentials.create({
    publicKey: {
      ...publicKey,
      challenge: bytes(publicKey.challenge),
      user: { ...publicKey.user, id: bytes(publicKey.user.id) },
      excludeCredentials: known(publicKey.excludeCredentials),
    },
  });
  return answerOf(made, {
    attestationObject: text(made.response.attestationObject),
    transports: made.response.getTransports?.() ?? [],
  });
}

async function show({ publicKey }) {
  const shown = await navigator.credentials.get({
    publicKey: {
      ...publicKey,
      challenge: bytes(publicKey.challenge),
      allowCredentials: known(publicKey.allowCredentials),
    },
  });
  return answerOf(shown, {
    authenticatorData: text(shown.response.authenticatorData),
    signature: text(shown.response.signature),
    userHandle: shown.response.userHandle ? text(shown.response.userHandle) : null,
  });
}

const answerOf = (credential, response) => ({
  id: credential.id,
  rawId: text(credential.rawId),
  type: credential.type,
  response: { clientDataJSON: text(credential.response.clientDataJSON), ...response },
  extensions: credential.getClientExtensionResults(),
});

function say(place, words) {
  const said = place.querySelector("[data-said]");
  said.classList.toggle("hidden", !words);
  said.querySelector("p").textContent = words;
}

/** What the page has to say about it; else what the server said, or the browser. */
function words(place, error) {
  const { unreached, notShown } = place.querySelector("[data-said]").dataset;
  const known = { Unreached: unreached, NotAllowedError: notShown, AbortError: notShown };
  return known[error.name] ?? error.message;
}

async function run(place) {
  say(place, "");
  const here = place.dataset.here ?? "";
  const asked = await post(place.dataset.begin, {}, here);
  if (!asked) return;
  const { ceremony, options } = asked;
  const credential = await (place.dataset.passkey === "create" ? make(options) : show(options));
  const name = place.querySelector("input")?.value ?? "";
  const done = await post(place.dataset.finish, { ceremony, credential, name }, here);
  if (!done) return;
  const { next, codes } = done;
  if (!codes) return location.assign(next);
  const kept = place.querySelector("[data-codes]");
  kept.querySelector("ul").replaceChildren(...codes.map((code) => {
    const line = document.createElement("li");
    line.textContent = code;
    return line;
  }));
  kept.querySelector("a").href = next;
  // What was asked is done; the codes are all that matters now.
  for (const part of place.children) part.hidden = part !== kept;
  kept.classList.remove("hidden");
  kept.querySelector("h2").focus();
}

for (const place of document.querySelectorAll("[data-passkey]")) {
  if (!window.PublicKeyCredential) { place.classList.add("hidden"); continue; }
  place.querySelector("button").addEventListener("click", () => run(place).catch((error) => say(place, words(place, error))));
}
