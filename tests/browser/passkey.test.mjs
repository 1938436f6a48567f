// Passkeys with Chromium's own virtual authenticator: made on the security page, used alone, as a second factor, and to confirm; and
// staff who set one up at their first sign-in.
import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { PHONE, demo, launch, shoot, visitor } from "./browser.mjs";
import { enterPassword, freshEmail, heading, newcomer, signOut } from "./customer.mjs";
import { authenticator, enterConsole, invite } from "./factor.mjs";

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

async function addPasskey(page, name) {
  await page.goto("/account/security");
  await page.getByLabel("Name of a new passkey").fill(name);
  await page.getByRole("button", { name: "Add a passkey" }).click();
}

test("a passkey signs in alone, is asked for after a password, and confirms", async () => {
  const { context, page, complaints } = await visitor(browser, { viewport: PHONE });
  const phone = await authenticator(page);
  const customer = await newcomer(page);
  await addPasskey(page, "My phone");
  await page.getByRole("heading", { name: "Keep these codes" }).waitFor();
  assert.equal(await page.locator("[data-codes] li").count(), 10);
  await shoot(page, "passkey/1-codes");
  await page.getByRole("link", { name: "I have kept them" }).click();
  await page.getByText("Passkey: My phone").waitFor();
  assert.equal((await phone.credentials()).length, 1);
  await shoot(page, "passkey/2-security");

  await signOut(page);
  await page.goto("/login?next=/account/security");
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await page.getByText("Passkey: My phone").waitFor();

  await signOut(page);
  await enterPassword(page, customer);
  await heading(page, "One more step");
  await shoot(page, "passkey/3-second-factor");
  await page.getByRole("button", { name: "Use my passkey" }).click();
  await heading(page, "My servers");

  await page.goto("/confirm?next=/account/api-keys");
  await page.getByRole("button", { name: "Use my passkey" }).click();
  await page.getByRole("heading", { name: "API keys" }).waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a phone that does not check who holds it, or has no passkey any more, opens nothing", async () => {
  const { context, page } = await visitor(browser);
  const phone = await authenticator(page);
  await newcomer(page);
  await addPasskey(page, "My phone");
  await page.getByRole("link", { name: "I have kept them" }).click();
  await signOut(page);
  await page.goto("/login");
  await phone.verifies(false);
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await page.getByRole("alert").filter({ hasText: "Nothing was changed" }).waitFor();
  await phone.verifies(true);
  await phone.forgetsEverything();
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await page.getByRole("alert").filter({ hasText: "Nothing was changed" }).waitFor();
  await page.goto("/servers");
  await heading(page, "Sign in");
  await context.close();
});

test("whoever has to sign in or to confirm first is led there, and from there back", async () => {
  const { context, page } = await visitor(browser);
  await authenticator(page);
  const customer = await newcomer(page);
  await page.goto("/account/security");
  // Stands for a quarter of an hour; that the shop then answers so is tested where time can be made to pass.
  const problem = { type: "about:blank", code: "confirm_first", title: "Please confirm", detail: "", status: 403 };
  await page.route("**/account/passkeys/begin", (route) =>
    route.fulfill({ status: 403, contentType: "application/problem+json", body: JSON.stringify(problem) }), { times: 1 });
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await heading(page, "Confirm that it is you");
  await page.getByLabel("Password").fill(customer.password);
  await page.getByRole("button", { name: "Confirm", exact: true }).click();
  await heading(page, "Your account");
  assert.equal(new URL(page.url()).pathname, "/account/security");

  await context.clearCookies();
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await heading(page, "Sign in");
  await page.getByLabel("E-mail address").fill(customer.email);
  await page.getByLabel("Password").fill(customer.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await heading(page, "Your account");

  // A proxy in between answers for the shop, and in its own way.
  await page.route("**/account/passkeys/begin", (route) => route.fulfill({ status: 502, contentType: "text/html", body: "<h1>502</h1>" }));
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await page.getByRole("alert").filter({ hasText: "the shop could not be reached" }).waitFor();
  await context.close();
});

test("a recorded answer of a passkey is of no use a second time", async () => {
  const { context, page } = await visitor(browser);
  await authenticator(page);
  await newcomer(page);
  await addPasskey(page, "My phone");
  await page.getByRole("link", { name: "I have kept them" }).click();
  await signOut(page);
  await page.goto("/login");
  const finished = page.waitForRequest(/login\/passkey\/finish/);
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  const recorded = (await finished).postData();
  await heading(page, "My servers");
  const thief = await browser.newContext({ baseURL: demo.shop });
  const answer = await thief.request.post("/login/passkey/finish", {
    headers: { "content-type": "application/json" }, data: recorded,
  });
  assert.equal(answer.status(), 422);
  assert.equal((await answer.json()).code, "passkey_refused");
  await thief.close();
  await context.close();
});

test("staff set a passkey up at their first sign-in, and see the console only then", async () => {
  const operator = await visitor(browser);
  await enterConsole(operator.page);
  const staff = { email: freshEmail(), password: "quite long enough for staff" };
  const link = await invite(operator.page, staff.email, "Admin");
  await operator.context.close();

  const { context, page, complaints } = await visitor(browser);
  await authenticator(page);
  await page.goto(link);
  await heading(page, "You are invited");
  await page.getByLabel("Password").fill(staff.password);
  await page.getByRole("button", { name: "Accept" }).click();
  await heading(page, "Set up your second factor");
  await shoot(page, "passkey/4-staff");
  await page.goto("/console");
  await heading(page, "Set up your second factor");
  await page.getByRole("button", { name: "Make a passkey" }).click();
  await page.getByRole("link", { name: "I have kept them" }).click();
  await heading(page, "Console");
  await shoot(page, "passkey/5-console");
  await page.goto("/console/staff");
  await heading(page, "Staff");
  await shoot(page, "passkey/6-staff-list");
  await signOut(page);
  await enterPassword(page, staff, "/console");
  await heading(page, "One more step");
  await page.getByRole("button", { name: "Use my passkey" }).click();
  await heading(page, "Console");
  assert.deepEqual(complaints, []);
  await context.close();
});
