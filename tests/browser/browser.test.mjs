// The watch that all other tests here rely on: a page that misbehaves in any of these ways is complained about.
import test from "node:test";
import { demo, launch, until, visitor } from "./browser.mjs";

const MISBEHAVING = `<!doctype html><title>Misbehaving</title><link rel="icon" href="data:,">
  <style>p { color: red }</style>
  <script>console.error("said aloud"); throw new Error("not caught");</script>
  <img src="/assets/no-such.svg" alt=""><img src="http://127.0.0.1:1/elsewhere.svg" alt="">`;

test("script errors, refused content, missing files and other sites are all complained about", async () => {
  const browser = await launch();
  const { page, complaints } = await visitor(browser);
  const policy = "default-src 'none'; script-src 'unsafe-inline'; img-src *";
  await page.route(`${demo.shop}/misbehaving`, (route) =>
    route.fulfill({ contentType: "text/html", headers: { "content-security-policy": policy }, body: MISBEHAVING }));
  await page.goto("/misbehaving");
  for (const wanted of [
    "script error: not caught",
    "console: said aloud",
    "content policy: style-src-elem inline",
    `answered 404: GET ${demo.shop}/assets/no-such.svg`,
    "another site: http://127.0.0.1:1/elsewhere.svg",
    "failed: GET http://127.0.0.1:1/elsewhere.svg",
  ]) {
    await until(`the complaint “${wanted}”`, () => complaints.some((complaint) => complaint.startsWith(wanted)), 10);
  }
  await browser.close();
});
