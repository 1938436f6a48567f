// People press twice, and shops are restarted: neither loses anything.
import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { demo, launch, visitor } from "./browser.mjs";
import { choose, freshEmail, heading, playable, signInToPay } from "./customer.mjs";

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

test("a form goes out once, however often its button is pressed", async () => {
  const { page, context, complaints } = await visitor(browser);
  await page.goto("/signup");
  await page.getByLabel("E-mail address").fill(freshEmail());
  await page.getByLabel("Password").fill("long enough for anybody");
  let sent = 0;
  page.on("request", (request) => { if (request.method() === "POST") sent += 1; });

  await page.getByRole("main").getByRole("button").dblclick();

  await heading(page, "Check your mail");
  assert.equal(sent, 1);
  // Whoever comes back may send it again.
  await page.goBack();
  await page.getByLabel("Password").fill("long enough for anybody");
  await page.getByRole("main").getByRole("button").click();
  await heading(page, "Check your mail");
  assert.equal(sent, 2);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a page that watches an order goes on after the shop refused it once", async () => {
  const { page, context } = await visitor(browser);
  let refused = 0;
  await page.route(/\/orders\/[^/]+\/events/, (route) => {
    refused += 1;
    return refused === 1 ? route.fulfill({ status: 503, contentType: "text/plain", body: "away" }) : route.continue();
  });
  await choose(page, { name: "Patient Keep" });
  await page.getByRole("button", { name: "Continue to payment" }).click();
  await signInToPay(page);
  await page.getByRole("button", { name: /^Pay / }).click();
  await page.waitForURL(`${demo.shop}/orders/*`);

  await playable(page);

  assert.ok(refused > 1, "it asked once more");
  await context.close();
});
