// Opens a page in the system's Chromium, waits until what it announces is done, leaves it; tells what it saw.
import { chromium } from "playwright-core";

const [executablePath, url] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
const page = await browser.newPage();
const told = [];
page.on("console", (message) => told.push(message.text()));
page.on("pageerror", (error) => told.push(`error: ${error.message}`));
// The client leaves answers unread, and Chromium calls such requests aborted when the page is left.
const answered = new Set();
page.on("response", (response) => {
  answered.add(response.request());
  if (response.status() >= 300) told.push(`${response.status()} ${response.url()}`);
});
page.on("requestfailed", (request) => {
  if (!answered.has(request)) told.push(`failed: ${request.url()} ${request.failure().errorText}`);
});
await page.goto(url);
await page.waitForFunction(() => window.done === true, null, { timeout: 15_000 }).catch((e) => told.push(String(e)));
await page.waitForTimeout(1000);
await page.goto("about:blank");  // what is sent on leaving goes now
await page.waitForTimeout(500);
await browser.close();
console.log(JSON.stringify({ told }));
