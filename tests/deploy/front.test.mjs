// A proxy of deploy/ in front of a shop and of a demo, asked as strangers ask it. GIVR_FRONT says which proxy, at which address, and
// where the shop behind it listens; GIVR_DEMO has the first line of `givr demo --json`. scripts/check-serving starts all of them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import test from "node:test";
import tls from "node:tls";

const { name, address, port, plain, authority, shop, shopProcess } = JSON.parse(process.env.GIVR_FRONT);
const demo = JSON.parse(process.env.GIVR_DEMO);
const ca = readFileSync(authority);
const site = `https://shop.givr.test:${port}`;

/** Whoever asks, from an address of their own on this machine's loopback. */
function ask(path, { host = "shop.givr.test", from = "127.0.0.40", method = "GET", headers = {}, body, whole = true } = {}) {
  return new Promise((resolve, reject) => {
    const options = { host: address, port, path, method, ca, servername: host, localAddress: from, agent: false };
    const request = https.request({ ...options, headers: { host: `${host}:${port}`, ...headers } }, (answer) => {
      const told = { status: answer.statusCode, headers: answer.headers, raw: answer.rawHeaders, stream: answer, text: "" };
      if (!whole) return resolve(told);
      answer.setEncoding("utf8");
      answer.on("data", (piece) => (told.text += piece));
      answer.on("end", () => resolve(told));
      answer.on("error", reject);
    });
    request.setTimeout(10_000, () => request.destroy(new Error("no answer within ten seconds")));
    // A proxy that refuses a body may close before it has read all of it.
    request.on("error", (error) => setTimeout(() => reject(error), 50));
    request.end(body);
  });
}

const count = (raw, wanted) => raw.filter((word, index) => index % 2 === 0 && word.toLowerCase() === wanted).length;

test("a page comes over TLS, and its links lead to the shop's own address", async () => {
  const page = await ask("/");
  assert.equal(page.status, 200);
  const absolute = [...page.text.matchAll(/(?:href|src|content|action)="(https?:\/\/[^/"]*)/g)].map(([, origin]) => origin);
  assert.ok(absolute.length > 0, "the page has no link to look at");
  assert.deepEqual([...new Set(absolute)], [site]);
});

test("every security header stands there once", async () => {
  const { raw } = await ask("/");
  const once = ["strict-transport-security", "content-security-policy", "x-content-type-options", "x-frame-options", "referrer-policy", "permissions-policy"];
  for (const header of once) assert.equal(count(raw, header), 1, header);
});

test("HTTP/2 is spoken, and old TLS is not", async () => {
  const session = http2.connect(`https://${address}:${port}`, { ca, servername: "shop.givr.test" });
  const status = await new Promise((resolve, reject) => {
    session.on("error", reject);
    const stream = session.request({ ":path": "/", ":authority": `shop.givr.test:${port}` });
    stream.on("response", (headers) => resolve(headers[":status"]));
    stream.on("error", reject);
    stream.resume();
  });
  session.close();
  assert.equal(status, 200);
  const old = tls.connect({ host: address, port, ca, servername: "shop.givr.test", maxVersion: "TLSv1.1", minVersion: "TLSv1", ciphers: "ALL:@SECLEVEL=0" });
  await assert.rejects(new Promise((resolve, reject) => old.on("secureConnect", resolve).on("error", reject)), /alert|version/i);
});

test("whoever asks for another name is given nothing", async () => {
  await assert.rejects(ask("/", { host: "other.givr.test" }));
});

test("plain HTTP leads to TLS", { skip: plain ? false : `${name} does it by itself` }, async () => {
  const answer = await new Promise((resolve, reject) => {
    http.get({ host: address, port: plain, path: "/games?a=b", headers: { host: "shop.givr.test" } }, resolve).on("error", reject);
  });
  answer.resume();
  assert.equal(answer.statusCode, 308);
  assert.equal(answer.headers.location, "https://shop.givr.test/games?a=b");
});

test("what is for the machine itself is not for the internet", async () => {
  for (const path of ["/readyz", "/healthz", "/metrics"]) assert.equal((await ask(path)).status, 404, path);
  const inside = await fetch(`http://${shop}/healthz`);
  assert.equal(await inside.text(), "ok\n");
});

test("callers are counted by their own address, whatever they claim", async () => {
  const left = async (from, claimed) =>
    Number((await ask("/api/v1/plans", { from, headers: { "x-forwarded-for": claimed } })).headers["ratelimit-remaining"]);
  // The shop grants 20 a minute. A claim that were believed would bring a fresh allowance each time.
  const ours = address.split(".").at(-1);
  const seen = [];
  for (const claimed of ["198.51.100.1", "198.51.100.2, 127.0.0.1", "203.0.113.3"]) seen.push(await left(`127.0.${ours}.21`, claimed));
  assert.deepEqual(seen, [19, 18, 17]);
  // Somebody else has an allowance of their own: they do not all count as the proxy.
  assert.equal(await left(`127.0.${ours}.22`, `127.0.${ours}.21`), 19);
});

test("large bodies pass, and too large ones do not", async () => {
  const event = await ask("/webhooks/stripe", { method: "POST", body: Buffer.alloc(200 * 1024, "x") });
  assert.deepEqual([event.status, event.text], [400, "signature not accepted\n"]);
  const tooMuch = await ask("/webhooks/stripe", { method: "POST", body: Buffer.alloc(18 * 1024 * 1024, "x"), whole: false }).then(
    ({ status, stream }) => (stream.on("error", () => {}).destroy(), status),
    () => "hung up",
  );
  // nginx reads a body before it passes it on. Caddy passes it on as it comes, and the program has hung up by then.
  assert.ok(name === "nginx" ? tooMuch === 413 : [413, 502, "hung up"].includes(tooMuch), String(tooMuch));
  assert.equal((await ask("/")).status, 200);
});

test("an order is watched live: the first event is there while the stream goes on", async () => {
  const host = "demo.givr.test";
  const form = new URLSearchParams(demo.customer).toString();
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const signedIn = await ask("/login", { host, method: "POST", headers, body: form });
  assert.equal(signedIn.status, 303);
  const cookie = signedIn.headers["set-cookie"].map((set) => set.split(";")[0]).join("; ");
  const json = { "content-type": "application/json" };
  const token = await ask("/api/v1/auth/token", { host, method: "POST", headers: json, body: JSON.stringify(demo.customer) });
  const cart = { cart_key: `front-${name}-${process.pid}-0123456789`, plan_id: "minecraft-paper-4g", server_name: "Watched", consents: ["minecraft-eula"] };
  const opened = await ask("/api/v1/checkout", {
    host,
    method: "POST",
    headers: { ...json, authorization: `Bearer ${JSON.parse(token.text).access_token}` },
    body: JSON.stringify(cart),
  });
  // Nobody pays it, so the stream lasts for minutes: an answer that is gathered first would not come in time.
  const order = JSON.parse(opened.text).order_id;
  const began = performance.now();
  const { status, headers: told, stream } = await ask(`/orders/${order}/events`, { host, headers: { cookie }, whole: false });
  assert.deepEqual([status, told["content-type"]], [200, "text/event-stream"]);
  const first = await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error("no event within five seconds")), 5000);
    stream.once("data", (piece) => resolve(piece.toString(), clearTimeout(late)));
    stream.once("end", () => reject(new Error("the stream ended")));
  });
  assert.match(first, /^event: timeline\n/);
  console.log(`${name}: the first event came after ${Math.round(performance.now() - began)} ms`);
  assert.equal(stream.readableEnded, false);
  stream.destroy();
});

// Last of all: it ends the shop.
test("while the shop is away, its callers are told so", { skip: shopProcess ? false : `${name} waits for it to come back` }, async () => {
  process.kill(shopProcess);
  let answer;
  do answer = await ask("/webhooks/stripe", { method: "POST", body: "x" });
  while (answer.status === 400);
  assert.deepEqual([answer.status, answer.headers["retry-after"]], [503, "5"]);
  assert.match(answer.text, /^The shop does not answer/);
});
