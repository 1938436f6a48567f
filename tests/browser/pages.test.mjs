// Every page that links lead to: it is there, it fits on a phone, it complains of nothing, and it can be used by everybody.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import test, { after, before } from "node:test";
import { DESKTOP, PHONE, demo, launch, overhang, until, visitor } from "./browser.mjs";
import { choose, heading, signIn } from "./customer.mjs";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const MOST = 1000;

let browser;
before(async () => {
  browser = await launch();
  // The demo's own purchase gives its customer an order and a server to look at.
  await until("the demo's own purchase", async () => {
    const { purchase } = await (await fetch(`${demo.shop}/__sandbox/demo`)).json();
    assert.notEqual(purchase, "failed");
    return purchase === "playable";
  });
});
after(() => browser?.close());

for (const signedIn of [false, true]) {
  const who = signedIn ? "a customer" : "a visitor";

  test(`no link that ${who} can follow is dead`, async (t) => {
    const { context } = await enter({}, signedIn);
    const { seen, dead } = await crawl(context.request);
    assert.deepEqual(dead, []);
    assert.equal([...seen.keys()].some((path) => path.startsWith("/servers/")), signedIn);
    assert.ok(seen.size > 100, `only ${seen.size} addresses`);
    t.diagnostic(`${seen.size} addresses`);
    await context.close();
  });

  test(`no page scrolls sideways on the phone of ${who}, and none complains`, async (t) => {
    const { context, page, complaints } = await enter({ viewport: PHONE }, signedIn);
    const wide = [];
    const all = await pages(context);
    t.diagnostic(`${all.length} pages`);
    for (const path of all) {
      await page.goto(path);
      const by = await overhang(page);
      if (by !== 0) wide.push(`${path} by ${by} pixels`);
    }
    assert.deepEqual(wide, []);
    assert.deepEqual(complaints, []);
    await context.close();
  });

  for (const colorScheme of ["light", "dark"]) {
    test(`axe finds nothing serious on the ${colorScheme} pages of ${who}`, async () => {
      const { context, page } = await enter({ viewport: signedIn ? DESKTOP : PHONE, colorScheme }, signedIn);
      const found = [];
      for (const path of [...(await pages(context)), "/a-page-that-does-not-exist"]) {
        // One game stands for all of them: they differ in words only.
        if (path.startsWith("/games/") && path !== "/games/minecraft") continue;
        await page.goto(path);
        found.push(...(await violations(page)));
      }
      await choose(page, { name: "Axe" });
      await page.getByRole("button", { name: "Continue to payment" }).click();
      if (!signedIn) {
        await heading(page, "Almost there");
        found.push(...(await violations(page)));
      }
      assert.deepEqual(found, []);
      await context.close();
    });
  }
}

test("a form that is refused says why in place, keeps what was written and fits on a phone", async () => {
  const { context, page } = await enter({ viewport: PHONE }, true);
  await page.goto("/games/counter-strike");
  await page.getByLabel("Server name").fill("Dust at noon");
  const token = page.getByLabel("Steam game server login token");
  await token.fill("-".repeat(32));
  await page.getByRole("button", { name: "Continue to payment" }).click();
  await page.getByRole("alert").getByText("Steam game server login token").waitFor();
  assert.equal(await token.getAttribute("aria-invalid"), "true");
  assert.equal(await page.getByLabel("Server name").inputValue(), "Dust at noon");
  assert.equal(await overhang(page), 0);
  assert.deepEqual(await violations(page), []);
  await context.close();
});

/** A visitor, signed in as the demo's customer or not. */
async function enter(settings, signedIn) {
  const arrived = await visitor(browser, settings);
  if (signedIn) await signIn(arrived.page);
  return arrived;
}

/** Follows all links within the shop, starting at home; `seen` has each address with the HTML it gave, if it was a page. */
async function crawl(request) {
  const seen = new Map();
  const dead = [];
  const queue = [{ address: "/", from: "nowhere" }];
  for (let next = queue.shift(); next && seen.size < MOST; next = queue.shift()) {
    const [path, anchor] = next.address.split("#");
    if (!seen.has(path)) {
      const response = await request.get(path);
      const isPage = response.headers()["content-type"]?.startsWith("text/html");
      seen.set(path, isPage ? await response.text() : undefined);
      if (response.status() >= 400) dead.push(`${path} answers ${response.status()}, on ${next.from}`);
      for (const address of links(seen.get(path) ?? "", path)) queue.push({ address, from: path });
    }
    if (anchor && !seen.get(path)?.includes(`id="${anchor}"`)) dead.push(`${next.address} leads nowhere, on ${next.from}`);
  }
  return { seen, dead };
}

/** What a page leads to and loads within the shop. */
function links(html, path) {
  const named = [...html.matchAll(/\b(?:href|src)="([^"]*)"/g)].map(([, value]) => value.replaceAll("&amp;", "&"));
  return named
    .map((value) => new URL(value, new URL(path, demo.shop)))
    .filter((url) => url.origin === demo.shop)
    .map((url) => url.pathname + url.search + url.hash);
}

/** All pages, each once: a link that only chooses something on a page leads to the same page. */
async function pages({ request }) {
  const { seen } = await crawl(request);
  return [...seen].filter(([path, html]) => html !== undefined && !path.includes("?")).map(([path]) => path);
}

/** What axe calls serious or critical. */
async function violations(page) {
  await page.evaluate(AXE);
  const { violations: found } = await page.evaluate(() => globalThis.axe.run());
  const grave = found.filter(({ impact }) => ["serious", "critical"].includes(impact));
  const where = new URL(page.url()).pathname;
  return grave.map(({ id, help, nodes }) => `${where} ${id}: ${help}: ${nodes.map(({ html }) => html).join("  ")}`);
}
