// Passkeys: asks our server for a challenge, lets the browser answer it, sends the answer back. Without this script there are
// passwords and codes.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

async function post(address, body) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body ?? {}),
  });
  const said = await answer.json();
  if (!answer.ok) throw new Error(`${said.title}. ${said.detail}`);
  return said;
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

async function run(place) {
  say(place, "");
  const { ceremony, options } = await post(place.dataset.begin);
  const credential = await (place.dataset.passkey === "create" ? make(options) : show(options));
  const name = place.querySelector("input")?.value ?? "";
  const { next, codes } = await post(place.dataset.finish, { ceremony, credential, name });
  if (!codes) return location.assign(next);
  const kept = place.querySelector("[data-codes]");
  kept.querySelector("ul").replaceChildren(...codes.map((code) => {
    const line = document.createElement("li");
    line.textContent = code;
    return line;
  }));
  kept.querySelector("a").href = next;
  kept.classList.remove("hidden");
  place.querySelector("button").hidden = true;
}

for (const place of document.querySelectorAll("[data-passkey]")) {
  if (!window.PublicKeyCredential) { place.classList.add("hidden"); continue; }
  place.querySelector("button").addEventListener("click", () => run(place).catch((error) => {
    const left = error.name === "NotAllowedError" || error.name === "AbortError";
    say(place, left ? "Nothing was changed: the passkey was not shown, or it took too long." : error.message);
  }));
}
