// The way of a customer from the start page to a server that plays: with scripts on a desktop, without them on a phone, and with a
// card that is declined first; and what happens when the server cannot be made. A picture of every step is in target/screens/.
import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { DESKTOP, PHONE, demo, launch, overhang, shoot, visitor } from "./browser.mjs";
import { atPayment, choose, codeFor, freshEmail, heading, playable, signIn, signInToPay, signUp } from "./customer.mjs";

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

const WALKS = [
  { title: "a visitor becomes a customer with a playable server", folder: "walk", settings: { viewport: DESKTOP } },
  {
    title: "the same works on a phone with JavaScript switched off",
    folder: "walk-without-script",
    settings: { viewport: PHONE, javaScriptEnabled: false },
  },
];

for (const { title, folder, settings } of WALKS) {
  test(title, async () => {
    const { context, page, complaints } = await visitor(browser, settings);
    const scripted = settings.javaScriptEnabled !== false;
    const email = freshEmail();
    let steps = 0;
    const step = async (name) => {
      steps += 1;
      await shoot(page, `${folder}/${String(steps).padStart(2, "0")}-${name}`);
      assert.equal(await overhang(page), 0, `${name} scrolls sideways`);
    };

    await choose(page, { name: "Walker’s Keep", step });
    if (!scripted) await page.getByRole("button", { name: "Update the total" }).click();
    await page.locator("[data-today]").getByText(/^\$\d+\.\d\d$/).waitFor();
    const today = await page.locator("[data-today]").innerText();
    const lines = await page.locator("[data-bill] .bill-line > :last-child").allInnerTexts();
    assert.equal(minor(today), lines.map(minor).reduce((sum, price) => sum + price), "the bill does not add up");
    assert.equal(lines.length, 2, "a plan and an add-on were chosen");
    await step("game");

    await page.getByRole("button", { name: "Continue to payment" }).click();
    await heading(page, "Almost there");
    await step("sign-up");
    await signUp(page, { email });
    await step("code");
    await page.getByLabel("Code").fill(await codeFor(email));
    await page.getByRole("button", { name: "Continue to payment" }).click();

    await atPayment(page);
    assert.equal(minor(await page.locator("#total").innerText()), minor(today), "another price than in the shop");
    await page.getByText(email).waitFor();
    await step("payment");
    await page.getByRole("button", { name: /^Pay / }).click();

    await page.waitForURL(`${demo.shop}/orders/*`);
    await heading(page, "Walker’s Keep");
    await page.locator(".timeline li").first().waitFor();
    await step("timeline");
    const address = await playable(page);
    assert.match(address, /^[\w.-]+:\d+$/);
    assert.equal(await page.locator(".timeline li.step-done").count(), 8, "all steps are done");
    await step("playable");
    await page.getByRole("link", { name: "Go to the server’s page" }).click();
    await heading(page, "Walker’s Keep");
    await page.getByText(address).waitFor();
    await step("server");
    assert.equal(await page.getByRole("button", { name: "Copy address" }).count(), scripted ? 1 : 0);

    assert.deepEqual(complaints, []);
    await context.close();
  });
}

test("a declined card is said to be declined, and a good card pays the same order", async () => {
  const { context, page, complaints } = await visitor(browser);
  await choose(page, { name: "Second Try" });
  await page.getByRole("button", { name: "Continue to payment" }).click();
  await signInToPay(page);
  assert.deepEqual(complaints, []);

  const order = await page.getByText(/^Reference /).innerText();
  await page.getByRole("button", { name: "Card that is declined" }).click();
  await page.getByRole("alert").getByText("You were not charged.").waitFor();
  await shoot(page, "declined/01-declined");
  // Stripe's page answers a declined card with 402: exactly that, and nothing else, is in order here.
  assert.deepEqual(complaints.filter((complaint) => !complaint.includes("402")), []);
  complaints.length = 0;

  await page.getByRole("button", { name: /^Pay / }).click();
  await page.waitForURL(`${demo.shop}/orders/*`);
  await playable(page);
  await shoot(page, "declined/02-playable");
  assert.ok(order.endsWith(new URL(page.url()).pathname.split("/").at(-1)), "another order was paid");
  await page.getByRole("link", { name: "Orders" }).first().click();
  assert.equal(await page.getByText("Second Try").count(), 1, "one order, paid once");
  assert.deepEqual(complaints, []);
  await context.close();
});

test("what cannot be delivered is refunded, and the order says so by itself", async () => {
  const { context, page, complaints } = await visitor(browser);
  await signIn(page);
  const faults = `${demo.panel}/__sandbox/faults`;
  const refuse = { kind: "refuse", status: 422, match: { method: "POST", path: "/api/application/servers" } };
  const set = await fetch(faults, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(refuse) });
  assert.ok(set.ok, await set.text());
  try {
    await choose(page, { name: "Castle in the Air" });
    await page.getByRole("button", { name: "Continue to payment" }).click();
    await atPayment(page);
    await page.getByRole("button", { name: /^Pay / }).click();
    await page.waitForURL(`${demo.shop}/orders/*`);
    await page.locator(".badge").getByText("Refunded", { exact: true }).waitFor({ timeout: 120_000 });
    await page.getByText("Money returned").waitFor();
    await page.getByText(/went back to the card that paid/).waitFor();
    await shoot(page, "refunded/01-refunded");
  } finally {
    await fetch(faults, { method: "DELETE" });
  }
  assert.deepEqual(complaints, []);
  await context.close();
});

/** An amount in minor units, from `$13.99` or `13.99 USD`. */
const minor = (text) => Number(text.replace(/\D/g, ""));
