// Pictures of signing in, of the account pages and of the console, in every state. Part of look.mjs; their names begin with “account-”.
import { execFileSync } from "node:child_process";
import { demo, visitor } from "./browser.mjs";
import { choose, enterPassword, freshEmail, heading, newcomer, signOut } from "./customer.mjs";
import { appFrom, authenticator, enterConsole, invite } from "./factor.mjs";

const AGE = `
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=10)
db.execute(sys.argv[2])
db.commit()
`;

/** Changes a row behind the shop's back: what else takes a quarter of an hour, or three days. */
const change = (sql) => execFileSync("python3", ["-c", AGE, demo.database.replace("sqlite://", ""), sql]);
const forgetProofs = () => change("update sessions set confirmed_at = confirmed_at - 3600000000");

const wrongCode = async (page, button) => {
  await page.getByLabel("Code").fill("000000");
  await page.getByRole("button", { name: button }).click();
  await page.getByRole("alert").getByText("That code is not right").waitFor();
};

async function addPasskey(page, name) {
  await page.goto("/account/security");
  await page.getByLabel("Name of a new passkey").fill(name);
  await page.getByRole("button", { name: "Add a passkey" }).click();
}

/** Somebody who has a passkey and nothing else, and what a passkey that is refused looks like. */
async function passkeys(browser, take) {
  const { page } = await visitor(browser);
  const phone = await authenticator(page);
  const customer = await newcomer(page);
  await addPasskey(page, "My phone");
  await page.getByRole("heading", { name: "Keep these codes" }).waitFor();
  await take(page, "account-passkey-codes");
  await page.getByRole("link", { name: "I have kept them" }).click();
  await page.goto("/confirm");
  await take(page, "account-confirm-passkey");
  await signOut(page);
  await enterPassword(page, customer);
  await heading(page, "One more step");
  await take(page, "account-second-step-passkey");
  await phone.verifies(false);
  await page.getByRole("button", { name: "Use my passkey" }).click();
  await page.getByRole("alert").filter({ hasText: "Nothing was changed" }).waitFor();
  await take(page, "account-second-step-passkey-refused");
}

/** Somebody who sets up everything there is. */
async function customer(browser, take) {
  const { page } = await visitor(browser);
  await authenticator(page);
  const customer = await newcomer(page);
  await page.goto("/account/security");
  await take(page, "account-security-new");
  await page.goto("/confirm");
  await take(page, "account-confirm-password");
  await page.goto("/account/security");
  await page.getByRole("button", { name: "Set up", exact: true }).click();
  await heading(page, "Set up an app for codes");
  await take(page, "account-app");
  const app = await appFrom(page);
  await wrongCode(page, "Switch it on");
  await take(page, "account-app-wrong");
  await page.getByLabel("Code").fill(await app.code());
  await page.getByRole("button", { name: "Switch it on" }).click();
  await heading(page, "Keep these codes");
  await take(page, "account-codes");
  const codes = await page.locator(".codes li").allInnerTexts();

  await page.goto("/account/api-keys");
  await take(page, "account-keys-none");
  await page.getByLabel("Name").fill("Status bot");
  await page.getByRole("button", { name: "Make the key" }).click();
  await page.getByRole("alert").waitFor();
  await take(page, "account-keys-error");
  for (const name of ["Status bot", "A dashboard in the hall of the northern kings, second try"]) {
    await page.getByLabel("Name").fill(name);
    for (const box of await page.locator('input[name="scope"]').all()) await box.check();
    await page.getByRole("button", { name: "Make the key" }).click();
    await page.getByRole("heading", { name: "Your new key" }).waitFor();
  }
  await take(page, "account-keys-made");
  change("update api_keys set expires_at = created_at + 1 where name = 'Status bot'");
  await page.goto("/account/api-keys");
  await take(page, "account-keys-list");
  await page.goto("/account/data");
  await take(page, "account-data");
  await page.getByLabel("Your e-mail address, to confirm").fill("another@example.test");
  await page.getByRole("button", { name: "Erase my data" }).click();
  await page.getByRole("alert").waitFor();
  await take(page, "account-data-error");

  // With an app only; then with both, and signed in everywhere.
  await signOut(page);
  await enterPassword(page, customer);
  await heading(page, "One more step");
  await take(page, "account-second-step-app");
  await wrongCode(page, "Continue");
  await take(page, "account-second-step-wrong");
  await page.getByLabel("Code").fill(codes[0]);
  await page.getByRole("button", { name: "Continue" }).click();
  await heading(page, "My servers");
  for (const [index, userAgent] of [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:150.0) Gecko/20100101 Firefox/150.0",
  ].entries()) {
    const other = await visitor(browser, { userAgent });
    await enterPassword(other.page, customer);
    await other.page.getByLabel("Code").fill(codes[index + 1]);
    await other.page.getByRole("button", { name: "Continue" }).click();
    await heading(other.page, "My servers");
    await other.context.close();
  }
  await addPasskey(page, "");
  await page.getByRole("button", { name: "Remove passkey" }).first().waitFor();
  await page.goto("/account/security");
  await take(page, "account-security-full");
  await page.getByLabel("New password").fill("password123456");
  await page.getByRole("button", { name: "Change password" }).click();
  await page.getByRole("alert").waitFor();
  await take(page, "account-security-poor-password");
  await page.goto("/confirm?next=/account/data");
  await take(page, "account-confirm-both");

  await page.goto("/account/security");
  forgetProofs();
  await page.getByLabel("New password").fill("a longer one than before, 7 swans");
  await page.getByRole("button", { name: "Change password" }).click();
  await heading(page, "Please confirm that it is you");
  await take(page, "account-error-onward");
  for (const [name, path] of [["security", "/account/security"], ["keys", "/account/api-keys"], ["data", "/account/data"]]) {
    await page.goto(path);
    await take(page, `account-${name}-unconfirmed`);
  }
  await signOut(page);
  await enterPassword(page, customer);
  await heading(page, "One more step");
  await take(page, "account-second-step-both");
  for (let wrong = 0; wrong < 8; wrong += 1) {
    await page.getByLabel("Code").fill("000000");
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByRole("alert").waitFor();
  }
  await take(page, "account-second-step-too-often");

  const buyer = await visitor(browser);
  await choose(buyer.page, { name: "Second step" });
  await buyer.page.getByRole("button", { name: "Continue to payment" }).click();
  const form = buyer.page.getByRole("region", { name: "I have an account" });
  await form.getByLabel("E-mail address").fill(customer.email);
  await form.getByLabel("Password").fill(customer.password);
  await form.getByRole("button", { name: "Sign in and continue" }).click();
  await heading(buyer.page, "One more step");
  await take(buyer.page, "account-checkout-second-step");
  await buyer.context.close();
}

async function staff(browser, take) {
  const { page } = await visitor(browser);
  await enterConsole(page, (name) => take(page, `account-staff-${name}`));
  await take(page, "account-console");
  const links = [];
  for (const [name, role] of [["grace", "Admin"], ["somebody-in-billing", "Billing"], ["linus", "Read only"]]) {
    links.push(await invite(page, `${name}-${freshEmail()}`, role));
  }
  await take(page, "account-staff-invited");
  const invited = await visitor(browser);
  await invited.page.goto(links[0]);
  await heading(invited.page, "You are invited");
  await take(invited.page, "account-invitation");
  await invited.page.getByLabel("Password").fill("password123456789");
  await invited.page.getByRole("button", { name: "Accept" }).click();
  await invited.page.getByRole("alert").waitFor();
  await take(invited.page, "account-invitation-poor-password");
  for (const link of links.slice(0, 2)) {
    const member = await visitor(browser);
    await member.page.goto(link);
    await member.page.getByLabel("Name").fill(link === links[0] ? "Grace" : "Wilhelmina of the Northern Counting House");
    await member.page.getByLabel("Password").fill("quite long enough for staff");
    await member.page.getByRole("button", { name: "Accept" }).click();
    await heading(member.page, "Set up your second factor");
    await member.context.close();
  }
  await page.goto("/console/staff");
  await take(page, "account-staff-list");
  await invited.page.goto(links[0]);
  await heading(invited.page, "This invitation is no longer good");
  await take(invited.page, "account-invitation-dead");
  forgetProofs();
  await page.getByLabel("E-mail address").fill("late@example.test");
  await page.getByRole("radio", { name: "Admin" }).check();
  await page.getByRole("button", { name: "Invite", exact: true }).click();
  await heading(page, "Please confirm that it is you");
}

/** Somebody who leaves for good. */
async function leaver(browser, take) {
  const { page } = await visitor(browser);
  const { email } = await newcomer(page);
  await page.goto("/account/data");
  await page.getByLabel("Your e-mail address, to confirm").fill(email);
  await page.getByRole("button", { name: "Erase my data" }).click();
  await heading(page, "Your data is being erased");
  await take(page, "account-erased");
}

/** All of them. `take` takes a picture of a page by a name. */
export async function account(browser, take) {
  await passkeys(browser, take);
  await customer(browser, take);
  await staff(browser, take);
  await leaver(browser, take);
  const guesser = await visitor(browser);
  for (let wrong = 0; wrong < 13; wrong += 1) {
    await enterPassword(guesser.page, { email: "somebody@example.test", password: `wrong ${wrong}` });
    await guesser.page.getByRole("alert").waitFor();
  }
  await take(guesser.page, "account-login-too-often");
}
