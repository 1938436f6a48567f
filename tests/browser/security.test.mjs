// A customer makes their account safer, step by step: an app, recovery codes, an API key, another browser's sign-in, a new password, a
// copy of the data. With scripts on a desktop, and without them on a phone: only passkeys need one. A picture of every step is in target/screens/.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test, { after, before } from "node:test";
import { DESKTOP, PHONE, demo, launch, overhang, shoot, violations, visitor } from "./browser.mjs";
import { enterPassword, heading, newcomer, signOut } from "./customer.mjs";
import { appFrom } from "./factor.mjs";

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

const WALKS = [
  { title: "a customer makes their account safer", folder: "security", settings: { viewport: DESKTOP } },
  {
    title: "the same works on a phone with JavaScript switched off",
    folder: "security-without-script",
    settings: { viewport: PHONE, javaScriptEnabled: false },
  },
];

for (const { title, folder, settings } of WALKS) {
  test(title, async () => {
    const { context, page, complaints } = await visitor(browser, settings);
    const scripted = settings.javaScriptEnabled !== false;
    let steps = 0;
    const step = async (name) => {
      steps += 1;
      await shoot(page, `${folder}/${String(steps).padStart(2, "0")}-${name}`);
      assert.equal(await overhang(page), 0, `${name} scrolls sideways`);
      for (const colorScheme of scripted ? ["light", "dark"] : []) {
        await page.emulateMedia({ colorScheme });
        assert.deepEqual(await violations(page), [], `${name} in ${colorScheme}`);
      }
    };
    const passkeyBoxes = page.locator("[data-passkey]:visible");

    await page.goto("/login");
    assert.equal(await passkeyBoxes.count(), scripted ? 1 : 0);
    const customer = await newcomer(page);
    await page.getByRole("link", { name: "Account", exact: true }).click();
    await heading(page, "Your account");
    assert.equal(await passkeyBoxes.count(), scripted ? 1 : 0);
    await step("security");

    // An app, with a slip of the finger.
    await page.getByRole("button", { name: "Set up", exact: true }).click();
    await heading(page, "Set up an app for codes");
    await step("app");
    const app = await appFrom(page);
    await page.getByLabel("Code").fill("000000");
    await page.getByRole("button", { name: "Switch it on" }).click();
    await page.getByRole("alert").getByText("That code is not right").waitFor();
    assert.equal((await appFrom(page)).letters, app.letters, "what the camera saw is still good");
    await step("app-wrong-code");
    await page.getByLabel("Code").fill(await app.code());
    await page.getByRole("button", { name: "Switch it on" }).click();
    await heading(page, "Keep these codes");
    const codes = await page.locator(".codes li").allInnerTexts();
    assert.equal(new Set(codes).size, 10);
    await step("codes");
    await page.getByRole("link", { name: "I have kept them" }).click();
    await page.getByText("10 left").waitFor();
    await step("security-with-app");

    // In with the app, and in with a recovery code.
    const enter = async (code, from = page) => {
      await enterPassword(from, customer);
      await heading(from, "One more step");
      await from.getByLabel("Code").fill(code);
      await from.getByRole("button", { name: "Continue" }).click();
      await heading(from, "My servers");
    };
    await signOut(page);
    await enter(await app.code());
    await signOut(page);
    await enterPassword(page, customer);
    await heading(page, "One more step");
    await step("second-step");
    await enter(codes[0]);
    await page.getByRole("link", { name: "Account", exact: true }).click();
    await page.getByText("9 left").waitFor();
    await signOut(page);
    await enterPassword(page, customer);
    await page.getByLabel("Code").fill(codes[0]);
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByRole("alert").getByText("That code is not right").waitFor();
    await step("recovery-code-twice");
    await enter(codes[1]);

    // A key for a program.
    await page.goto("/account/api-keys");
    await page.getByText("You have no keys.").waitFor();
    await step("keys-none");
    await page.getByLabel("Name").fill("Status bot");
    await page.locator('input[value="servers:read"]').check();
    await page.getByRole("button", { name: "Make the key" }).click();
    await page.getByRole("heading", { name: "Your new key" }).waitFor();
    await step("key-made");
    const key = await page.locator("[data-address]").innerText();
    const calls = async (path) => (await fetch(`${demo.shop}${path}`, { headers: { authorization: `Bearer ${key}` } })).status;
    assert.equal(await calls("/api/v1/servers"), 200);
    assert.equal(await calls("/api/v1/orders/ord_1"), 403);
    await page.goto("/account/api-keys");
    assert.equal(await page.getByText(key).count(), 0, "a key is shown once");
    await page.getByRole("button", { name: "Revoke the key Status bot" }).click();
    await page.getByText("You have no keys.").waitFor();
    assert.equal(await calls("/api/v1/servers"), 401);

    // Another browser, sent away.
    const other = await visitor(browser, settings);
    await enter(codes[2], other.page);
    await page.goto("/account/security");
    await step("two-sign-ins");
    await page.getByRole("button", { name: /^Sign out Chrome/ }).click();
    await heading(page, "Your account");
    assert.equal(await page.getByText("this browser").count(), 1);
    await other.page.getByRole("link", { name: "Orders", exact: true }).click();
    await heading(other.page, "Sign in");
    assert.deepEqual(other.complaints, []);
    await other.context.close();

    // A new password: a poor one is refused, a good one counts from now on.
    await page.getByLabel("New password").fill("password123456");
    await page.getByRole("button", { name: "Change password" }).click();
    await page.getByRole("alert").waitFor();
    await step("password-poor");
    const password = "a longer one than before, 7 swans";
    await page.getByLabel("New password").fill(password);
    await page.getByRole("button", { name: "Change password" }).click();
    await page.getByText("Your password is changed").waitFor();
    await step("password-changed");
    const fresh = await visitor(browser, settings);
    await enterPassword(fresh.page, { ...customer, password });
    await heading(fresh.page, "One more step");
    await fresh.context.close();

    // A copy of everything.
    await page.getByRole("link", { name: "Your data" }).click();
    await step("data");
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Download a copy" }).click(),
    ]);
    assert.match(download.suggestedFilename(), /^your-data-\d{4}-\d\d-\d\d\.zip$/);
    const file = await readFile(await download.path());
    assert.equal(file.subarray(0, 4).toString("latin1"), "PK\u0003\u0004");
    assert.ok(file.length > 500, `only ${file.length} bytes`);
    assert.ok(file.includes("account.json"));

    // What was refused here was refused on purpose; and a form whose answer is a file leads to no page.
    const expected = ["422", `failed: POST ${demo.shop}/account/export net::ERR_ABORTED`];
    assert.deepEqual(complaints.filter((complaint) => !expected.some((part) => complaint.includes(part))), []);
    await context.close();
  });
}
