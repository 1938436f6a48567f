// Every page that links lead to: it is there, it fits on a phone, it complains of nothing, and it can be used by everybody.
import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { DESKTOP, PHONE, demo, launch, overhang, shoot, until, violations, visitor } from "./browser.mjs";
import { choose, heading, signIn } from "./customer.mjs";
import { enterConsole } from "./factor.mjs";

const MOST = 1000;

/** Pages that no link leads to while the last proof of who one is counts. */
const UNLINKED = ["/confirm"];
/** What has to be among the pages of each. */
const OWN = {
  visitor: ["/login", "/signup", "/reset"],
  customer: ["/servers", "/orders", "/support/tickets", "/support/tickets/new", "/account/security", "/account/api-keys", "/account/profile", "/account/panel", "/account/mails", "/account/data", "/confirm"],
  operator: ["/console", "/console/staff", "/console/tickets", "/console/alerts", "/console/orders", "/console/nodes", "/console/shop", "/console/events", "/console/services", "/console/services/acts/extend", "/console/services/acts/suspend", "/console/services/acts/unsuspend", "/console/customers", "/console/outbox", "/console/catalogue", "/console/doctor", "/console/settings", "/console/audit", "/account/security", "/account/api-keys", "/account/profile", "/account/panel", "/account/mails", "/account/data", "/confirm"],
};

let browser;
/** Cookies of everybody who is signed in. */
const cookies = {};
before(async () => {
  browser = await launch();
  // The demo's own purchase gives its customer an order and a server to look at.
  await until("the demo's own purchase", async () => {
    const { purchase } = await (await fetch(`${demo.shop}/__sandbox/demo`)).json();
    assert.notEqual(purchase, "failed");
    return purchase === "playable";
  });
  for (const [who, comesIn] of [["customer", signIn], ["operator", enterConsole]]) {
    const { context, page } = await visitor(browser);
    await comesIn(page);
    cookies[who] = await context.storageState();
    await context.close();
  }
});
after(() => browser?.close());

for (const who of Object.keys(OWN)) {
  const article = who === "operator" ? "an" : "a";

  test(`no link that ${article} ${who} can follow is dead`, async (t) => {
    const { context } = await enter({}, who);
    const { seen, dead } = await crawl(context.request, who);
    assert.deepEqual(dead, []);
    assert.deepEqual(OWN[who].filter((path) => !seen.has(path)), []);
    assert.equal([...seen.keys()].some((path) => path.startsWith("/servers/")), who === "customer");
    assert.equal([...seen.keys()].some((path) => path.startsWith("/console")), who === "operator");
    assert.ok(seen.size > 100, `only ${seen.size} addresses`);
    t.diagnostic(`${seen.size} addresses`);
    await context.close();
  });

  test(`no page scrolls sideways on the phone of ${article} ${who}, and none complains`, async (t) => {
    const { context, page, complaints } = await enter({ viewport: PHONE }, who);
    const wide = [];
    const all = await pages(context, who);
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
    test(`axe finds nothing on the ${colorScheme} pages of ${article} ${who}`, async () => {
      const { context, page } = await enter({ colorScheme }, who);
      const found = [];
      for (const path of [...(await pages(context, who)), "/a-page-that-does-not-exist"]) {
        // One game stands for all of them: they differ in words only.
        if (path.startsWith("/games/") && path !== "/games/minecraft") continue;
        await page.goto(path);
        for (const [screen, size] of [["desktop", DESKTOP], ["phone", PHONE]]) {
          await page.setViewportSize(size);
          found.push(...(await violations(page)));
          await shoot(page, `pages/${who}/${colorScheme}-${screen}/${nameOf(path)}`);
        }
      }
      if (who === "visitor") {
        await choose(page, { name: "Axe" });
        await page.getByRole("button", { name: "Continue to payment" }).click();
        await heading(page, "Almost there");
        found.push(...(await violations(page)));
      }
      assert.deepEqual(found, []);
      await context.close();
    });
  }
}

test("a form that is refused says why in place, keeps what was written and fits on a phone", async () => {
  const { context, page } = await enter({ viewport: PHONE }, "customer");
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

/** A page's address as the name of a file. */
const nameOf = (path) => path.replace(/^\/$/, "home").replace(/^\//, "").replaceAll("/", "-").replace(/[0-9a-f]{20,}/, "…");

/** A visitor, or somebody who is signed in already. */
const enter = (settings, who) => visitor(browser, { ...settings, storageState: cookies[who] });

/** Follows all links within the shop, starting at home and at what no link leads to; `seen` has each address with the HTML it gave, if it was a page. */
async function crawl(request, who) {
  const seen = new Map();
  const dead = [];
  const starts = who === "visitor" ? ["/"] : ["/", ...UNLINKED];
  const queue = starts.map((address) => ({ address, from: "nowhere" }));
  for (let next = queue.shift(); next && seen.size < MOST; next = queue.shift()) {
    const [path, anchor] = next.address.split("#");
    if (!seen.has(path)) {
      const response = await request.get(path);
      const isPage = response.headers()["content-type"]?.startsWith("text/html");
      seen.set(path, isPage ? await response.text() : undefined);
      if (response.status() >= 400) dead.push(`${path} answers ${response.status()}, on ${next.from}`);
      // What letters of the gallery are about is made up.
      const html = path.startsWith("/console/letters/") ? "" : seen.get(path) ?? "";
      for (const address of links(html, path)) queue.push({ address, from: path });
    }
    if (anchor && !seen.get(path)?.includes(`id="${anchor}"`)) dead.push(`${next.address} leads nowhere, on ${next.from}`);
  }
  return { seen, dead };
}

/** What a page leads to and loads within the shop. */
function links(html, path) {
  const named = [...html.matchAll(/\b(?:href|src)="([^"]*)"/g)].map(([, value]) => value.replaceAll("&amp;", "&").replaceAll("&#38;", "&"));
  return named
    .map((value) => new URL(value, new URL(path, demo.shop)))
    .filter((url) => url.origin === demo.shop)
    .map((url) => url.pathname + url.search + url.hash);
}

/** All pages, each once: a link that only chooses something on a page leads to the same page. */
async function pages({ request }, who) {
  const { seen } = await crawl(request, who);
  return [...seen].filter(([path, html]) => html !== undefined && !path.includes("?")).map(([path]) => path);
}
