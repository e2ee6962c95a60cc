// A member's evening in a shop with the kit for EC-CUBE 2, on a phone and by keyboard alone.
// Started by TestTheKitInABrowser of cmd/exposured, which says where the shop is.
import assert from "node:assert/strict";
import test from "node:test";
import { accessible, launch, leave, narrow, phone, shoot, sites, valid, visitor } from "./kit.mjs";

const browser = await launch();
test.after(() => browser.close());

// whole checks a page of the kit that is open.
async function whole(page, name) {
  valid(await page.content());
  await accessible(page);
  await narrow(page);
  await shoot(page, `eccube2-${name}`);
}

// press goes to what is meant with the tab key and presses it.
async function press(page, selector) {
  for (let i = 0; i < 30; i++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((s) => document.activeElement?.matches(s), selector)) {
      const here = page.url();
      await Promise.all([page.waitForEvent("framenavigated"), page.keyboard.press("Enter")]);
      await page.waitForLoadState();
      return here;
    }
  }
  assert.fail(`the tab key does not lead to ${selector} on ${page.url()}`);
}

async function type(page, selector, text) {
  for (let i = 0; i < 30; i++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((s) => document.activeElement?.matches(s), selector)) return page.keyboard.type(text);
  }
  assert.fail(`the tab key does not lead to ${selector} on ${page.url()}`);
}

test("a member sets a new password in the shop", { timeout: 120_000 }, async () => {
  const page = await visitor({ baseURL: sites.shop, viewport: phone });
  await page.goto("mypage/login.php");
  assert.match(await page.locator("body").innerText(), /パスワードを使えなくしました/);
  await page.goto("forgot/");
  assert.equal(await page.locator(`a[href^="${sites.lookup}"]`).count() > 0, true, "the closed page leads to the look-up");
  await whole(page, "closed");
  await page.goto(sites.ticket);
  await whole(page, "ticket");
  await press(page, "button[value=redeem]");
  assert.doesNotMatch(page.url(), /ticket/);
  await whole(page, "password");
  await type(page, "#password", "short");
  await type(page, "#again", "short");
  await press(page, "button[value=set]");
  assert.match(await page.title(), /^エラー：/);
  await whole(page, "wrong");
  await type(page, "#password", sites.password);
  await type(page, "#again", sites.password);
  await press(page, "button[value=set]");
  assert.match(await page.locator("h1").innerText(), /パスワードを変えました/);
  await whole(page, "done");
  await press(page, 'a[href*="login.php"]');
  await type(page, "[name=login_email]", sites.address);
  await type(page, "[name=login_pass]", sites.password);
  await press(page, "button");
  assert.equal(await page.locator("#welcome").count(), 1, "MY page is open");
  await page.goto(sites.ticket);
  await press(page, "button[value=redeem]");
  await whole(page, "used");
  await leave(page);
});
