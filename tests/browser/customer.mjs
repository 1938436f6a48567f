// What a customer does, step by step, by what stands on the pages: headings, labels and words on buttons.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { demo, until } from "./browser.mjs";

let made = 0;

/** An address that has no account yet. */
export const freshEmail = () => `walker-${process.pid}-${Date.now()}-${(made += 1)}@example.test`;

/** From the start page to a filled-in configurator of Minecraft. */
export async function choose(page, { name, step = async () => {} }) {
  await page.goto("/");
  await heading(page, "Raise your server. Open the gates.");
  await step("home");
  await page.getByRole("link", { name: "Choose a game" }).click();
  await heading(page, "Choose your world");
  await step("games");
  await page.getByRole("main").getByRole("link", { name: "Minecraft", exact: true }).click();
  await heading(page, "Minecraft server");
  await page.locator('details[open] input[name="plan"]').nth(1).check();
  await page.getByLabel("3 months").check();
  await page.getByLabel("Server name").fill(name);
  await page.locator('input[name="add_on"]').first().check();
  await page.locator('input[name="consent"]').check();
}

/** Asks for a code with a new account's form in the checkout. */
export async function signUp(page, { email, password = "long enough for anybody" }) {
  await heading(page, "Almost there");
  const form = page.getByRole("region", { name: "New here" });
  await form.getByLabel("E-mail address").fill(email);
  await form.getByLabel("Password").fill(password);
  await form.getByLabel("Name").fill("Walker");
  await form.getByRole("button", { name: "Create account and continue" }).click();
  await heading(page, "Check your mail");
}

/** Signs in, in the checkout, with the demo's own customer. */
export async function signInToPay(page) {
  const form = page.getByRole("region", { name: "I have an account" });
  await form.getByLabel("E-mail address").fill(demo.customer.email);
  await form.getByLabel("Password").fill(demo.customer.password);
  await form.getByRole("button", { name: "Sign in and continue" }).click();
  await atPayment(page);
}

/** Gives address and password on the page that is there for it, and goes where that leads. */
export async function enterPassword(page, { email, password } = demo.customer, next = "") {
  await page.goto(next ? `/login?next=${encodeURIComponent(next)}` : "/login");
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

/** Signs in somebody who has no second factor. */
export async function signIn(page, customer = demo.customer) {
  await enterPassword(page, customer);
  await heading(page, "My servers");
}

export async function signOut(page) {
  await page.getByRole("button", { name: "Sign out", exact: true }).first().click();
  await page.getByRole("link", { name: "Sign in", exact: true }).waitFor();
}

/** A new customer, signed in. */
export async function newcomer(page, password = "long enough for anybody") {
  const email = freshEmail();
  await page.goto("/signup");
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("main").getByRole("button").click();
  await heading(page, "Check your mail");
  await page.getByLabel("Code").fill(await codeFor(email));
  await page.getByRole("button", { name: "Confirm" }).click();
  await heading(page, "My servers");
  return { email, password };
}

/** The first mail to an address that has what is looked for. */
async function mailed(email, wanted) {
  const found = await until(`a mail to ${email}`, async () => {
    for (const file of await readdir(demo.mail).catch(() => [])) {
      const text = (await readFile(join(demo.mail, file), "utf8")).replaceAll("=\r\n", "");
      if (text.includes(email) && wanted.test(text)) return text.match(wanted)[0];
    }
    return undefined;
  });
  return found;
}

/** The code from the mail to an address. */
export const codeFor = (email) => mailed(email, /\b\d{6}\b/);

/** The link from the invitation to an address. */
export const invitationFor = (email) => mailed(email, /http\S+\/invitation\/[0-9a-f]{64}/);

/** On the simulated payment page. */
export const atPayment = (page) => page.waitForURL(`${demo.stripe_api}/pay/*`);

export const heading = (page, name) => page.getByRole("heading", { name, exact: true, level: 1 }).waitFor();

/** Watches the order's page until the game answered; returns the address that players type. */
export async function playable(page) {
  await page.getByRole("heading", { name: "Your server is ready" }).waitFor({ timeout: 120_000 });
  return page.locator("[data-address]").first().innerText();
}
