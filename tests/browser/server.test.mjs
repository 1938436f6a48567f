// A customer and a running server: the console as it happens and without scripts, files, settings, backups.
import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { DESKTOP, PHONE, demo, launch, overhang, shoot, until, violations, visitor } from "./browser.mjs";
import { heading, signIn } from "./customer.mjs";

let browser;
/** Where the demo's own server is. */
let here;

before(async () => {
  browser = await launch();
  await until("the demo's own purchase", async () => {
    const { purchase } = await (await fetch(`${demo.shop}/__sandbox/demo`)).json();
    return purchase === "playable";
  });
});
after(() => browser?.close());

/** The demo's customer on the overview of their server. */
async function owner(settings = {}) {
  const seen = await visitor(browser, settings);
  await signIn(seen.page);
  await seen.page.getByRole("main").getByRole("link").filter({ hasNotText: "Order" }).first().waitFor();
  here = await seen.page.locator('main a[href^="/servers/svc_"]').first().getAttribute("href");
  await seen.page.goto(here);
  return seen;
}

const tab = (page, name) => page.getByRole("navigation", { name: "Pages of this server" }).getByRole("link", { name }).click();
const line = (page, text) => page.getByRole("log").getByText(text).last().waitFor();

for (const [screen, viewport] of [["desktop", DESKTOP], ["phone", PHONE]]) {
  test(`the console is live, is searched, rests and goes on (${screen})`, async () => {
    const { context, page, complaints } = await owner({ viewport });
    await tab(page, "Console");
    await line(page, "Starting minecraft");
    const field = page.getByLabel("Type a command");
    await field.fill(`say hello from the ${screen}`);
    await field.press("Enter");
    await line(page, `hello from the ${screen}`);
    assert.equal(await field.inputValue(), "", "the field is free for the next one");
    await field.press("ArrowUp");
    assert.equal(await field.inputValue(), `say hello from the ${screen}`);
    await page.getByLabel("Search these lines").fill("HELLO FROM");
    await page.getByRole("log").getByText("Loading properties").waitFor({ state: "hidden" });
    await page.getByLabel("Search these lines").fill("");
    await page.getByRole("button", { name: "Pause" }).click();
    await field.fill(`say unheard on the ${screen}`);
    await field.press("Enter");
    await page.waitForTimeout(500);
    assert.equal(await page.getByRole("log").getByText(`unheard on the ${screen}`).count(), 0);
    await page.getByRole("button", { name: "Go on" }).click();
    await line(page, `unheard on the ${screen}`);
    await page.getByText("memory,").waitFor();
    await shoot(page, `${screen}/server-console`);
    assert.deepEqual(await violations(page), []);
    assert.deepEqual(complaints, []);
    await context.close();
  });
}

test("a server is looked after without scripts", async () => {
  const { context, page, complaints } = await owner({ javaScriptEnabled: false });
  await tab(page, "Console");
  await page.getByLabel("Type a command").fill("say without scripts");
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByText("Sent. What the game answers").waitFor();
  await until("the line", async () => {
    await page.getByRole("link", { name: "Read again" }).click();
    return (await page.getByRole("log").getByText("without scripts").count()) > 0;
  });
  await tab(page, "Files");
  await page.getByRole("link", { name: "server.properties", exact: true }).click();
  const text = page.getByLabel("Text of server.properties");
  await text.fill(`${await text.inputValue()}motd=A keep by the sea\n`);
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved.").waitFor();
  assert.match(await text.inputValue(), /motd=A keep by the sea\n/);
  await tab(page, "Settings");
  await page.getByLabel("What the server is called here").fill("The keep");
  await page.getByRole("button", { name: "Save", exact: true }).first().click();
  await heading(page, "The keep");
  await tab(page, "Backups");
  await page.getByLabel("Name").fill("Before the dragon");
  await page.getByRole("button", { name: "Make a backup" }).click();
  await page.getByText("The backup has begun.").waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});

test("everything of a server can be done with the keyboard", async () => {
  const { context, page, complaints } = await owner();
  await tab(page, "Console");
  await line(page, "Starting minecraft");
  await page.getByLabel("Type a command").focus();
  await page.keyboard.type("say by hand");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await line(page, "by hand");
  await page.goto(`${here}/files`);
  await page.getByLabel("Choose eula.txt").focus();
  await page.keyboard.press("Space");
  await page.getByRole("button", { name: "Copy" }).focus();
  await page.keyboard.press("Enter");
  await page.getByText("Copied.").waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});

test("files are brought along and the server is shown to everybody, without scripts", async () => {
  const { context, page, complaints } = await owner({ javaScriptEnabled: false });
  await page.getByRole("heading", { name: "Right now" }).waitFor();
  await tab(page, "Files");
  const file = { name: "banner.png", mimeType: "image/png", buffer: Buffer.from([137, 80, 78, 71, 0, 255, 13, 10]) };
  await page.getByLabel("Files from your device").setInputFiles(file);
  await page.getByRole("button", { name: "Upload" }).click();
  await page.getByText("Your files are on the server.").waitFor();
  await page.getByLabel("Choose banner.png").waitFor();
  await page.getByLabel("Files from your device").setInputFiles(file);
  await page.getByRole("button", { name: "Upload" }).click();
  await page.getByText("stands there already").waitFor();
  await tab(page, "Public page");
  await page.getByLabel("Address of the page").fill("not an address");
  await page.getByLabel("About the server").fill("Every evening at eight.\nBring bread.");
  await page.getByRole("button", { name: "Show it", exact: true }).click();
  await page.getByText("letters a to z").waitFor();
  assert.match(await page.getByLabel("About the server").inputValue(), /Bring bread\.$/);
  await page.getByLabel("Address of the page").fill("the-keep");
  await page.getByLabel("Stream on Twitch or Kick").fill("twitch.tv/keep_live");
  await page.getByRole("button", { name: "Show it", exact: true }).click();
  await page.getByText("Everybody can see it now.").waitFor();
  assert.deepEqual(complaints.filter((complaint) => !complaint.includes("422")), []);
  await context.close();
  for (const [screen, viewport] of [["desktop", DESKTOP], ["phone", PHONE]]) {
    for (const colorScheme of ["light", "dark"]) {
      const stranger = await visitor(browser, { viewport, colorScheme });
      await stranger.page.goto("/s/the-keep");
      await stranger.page.getByRole("link", { name: "Watch on Twitch" }).waitFor();
      assert.equal(await overhang(stranger.page), 0);
      assert.deepEqual(await violations(stranger.page), []);
      await shoot(stranger.page, `${screen}/public-server-${colorScheme}`);
      assert.deepEqual(stranger.complaints, []);
      await stranger.context.close();
    }
  }
  const badge = await fetch(`${demo.shop}/s/the-keep/badge.svg`);
  assert.equal(badge.headers.get("content-type"), "image/svg+xml");
});
