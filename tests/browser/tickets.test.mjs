// A customer asks about their server, and staff answer: the same conversation from both sides.
import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { DESKTOP, PHONE, demo, launch, overhang, shoot, until, violations, visitor } from "./browser.mjs";
import { heading, signIn } from "./customer.mjs";
import { enterConsole } from "./factor.mjs";

let browser;
before(async () => {
  browser = await launch();
  await until("the demo's own purchase", async () => {
    const { purchase } = await (await fetch(`${demo.shop}/__sandbox/demo`)).json();
    return purchase === "playable";
  });
});
after(() => browser?.close());

/** A look at a page as it is: a picture, and what is wrong with it. */
async function look(page, name) {
  await shoot(page, name);
  assert.equal(await overhang(page), 0);
  assert.deepEqual(await violations(page), []);
}

test("a question about a server is asked on a phone and answered in the console", async () => {
  const customer = await visitor(browser, { viewport: PHONE, javaScriptEnabled: true });
  await signIn(customer.page);
  await customer.page.locator('main a[href^="/servers/svc_"]').first().click();
  await customer.page.getByRole("link", { name: "Ask about this server" }).click();
  await heading(customer.page, "New ticket");
  await look(customer.page, "phone/ticket-new");
  await customer.page.getByLabel("Subject").fill("Friends cannot join <b>");
  await customer.page.getByLabel("Your question").fill("It worked yesterday.\nWhat changed?");
  await customer.page.getByRole("button", { name: "Send" }).click();
  await heading(customer.page, "Friends cannot join <b>");
  await customer.page.getByText("We give you a first answer by").waitFor();
  await look(customer.page, "phone/ticket");

  const staff = await visitor(browser, { viewport: DESKTOP });
  await enterConsole(staff.page);
  await staff.page.goto("/console/tickets");
  await look(staff.page, "desktop/console-tickets");
  await staff.page.getByRole("link", { name: "Friends cannot join <b>" }).first().click();
  await staff.page.getByLabel("Your answer").fill("The port was closed.\nIt is open now.");
  await staff.page.getByRole("button", { name: "Send" }).click();
  await staff.page.getByText("It is open now.").waitFor();
  await look(staff.page, "desktop/console-ticket");
  assert.deepEqual(staff.complaints, []);
  await staff.context.close();

  await customer.page.reload();
  await customer.page.getByText("It is open now.").waitFor();
  await look(customer.page, "phone/ticket-answered");
  assert.deepEqual(customer.complaints, []);
  await customer.context.close();
});
