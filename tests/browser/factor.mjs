// Second factors, as people use them: an app that shows codes, a phone that holds passkeys; and the demo's operator, who has an app.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { demo, until } from "./browser.mjs";
import { enterPassword, heading, invitationFor } from "./customer.mjs";

const STEP_MS = 30_000;

/** An app on a phone (RFC 6238). Each code counts once, so `code` waits where it has to: for half a minute at the most. */
export class App {
  /** `letters` as the page shows them. */
  constructor(letters, used = 0) {
    this.letters = letters;
    this.used = used;
  }

  async code() {
    const now = () => Math.floor(Date.now() / STEP_MS);
    const step = Math.max(now(), this.used + 1);
    // The code of the step to come is accepted, too.
    await until("the app's next code", () => step <= now() + 1);
    this.used = step;
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(step));
    const digest = createHmac("sha1", base32(this.letters)).update(counter).digest();
    const offset = digest.at(-1) & 15;
    return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
  }
}

function base32(letters) {
  const bits = [...letters.replace(/\s/g, "")].map((letter) => {
    const value = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter);
    assert.ok(value >= 0, `${letter} is no letter of an app's secret`);
    return value.toString(2).padStart(5, "0");
  }).join("");
  return Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
}

/** The app that reads what the page shows. */
export const appFrom = async (page) => new App(await page.locator("[data-app-secret]").innerText());

/** Chromium's own virtual phone, which knows its holder. */
export async function authenticator(page) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true,
      isUserVerified: true, automaticPresenceSimulation: true,
    },
  });
  return {
    credentials: async () => (await devtools.send("WebAuthn.getCredentials", { authenticatorId })).credentials,
    verifies: (isUserVerified) => devtools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified }),
    forgetsEverything: () => devtools.send("WebAuthn.clearCredentials", { authenticatorId }),
  };
}

/** Test files are processes of their own, and the operator has one app for all of them. */
const OPERATORS_APP = join(demo.data, "operators-app.json");

/** The demo's operator goes into the console; the first time they set an app up. `shown` is told of the pages on the way. */
export async function enterConsole(page, shown = async () => {}) {
  await enterPassword(page, demo.operator, "/console");
  let app;
  if (existsSync(OPERATORS_APP)) {
    const { letters, used } = JSON.parse(readFileSync(OPERATORS_APP, "utf8"));
    app = new App(letters, used);
    await heading(page, "One more step");
    await page.getByLabel("Code").fill(await app.code());
    await page.getByRole("button", { name: "Continue" }).click();
  } else {
    await heading(page, "Set up your second factor");
    await shown("set-up");
    app = await appFrom(page);
    await page.getByLabel("Code").fill(await app.code());
    await page.getByRole("button", { name: "Switch it on" }).click();
    await heading(page, "Keep these codes");
    await shown("codes");
    await page.getByRole("link", { name: "I have kept them" }).click();
  }
  writeFileSync(OPERATORS_APP, JSON.stringify(app));
  await heading(page, "Console");
}

/** Invites somebody from the console; returns the link, which goes to their mailbox alone. */
export async function invite(page, email, role) {
  await page.goto("/console/staff");
  await page.getByLabel("E-mail address").fill(email);
  await page.getByRole("radio", { name: role }).check();
  await page.getByRole("button", { name: "Invite", exact: true }).click();
  await page.getByRole("status").waitFor();
  return invitationFor(email);
}
