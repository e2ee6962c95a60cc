// The way in for whoever has a long code already.
import assert from "node:assert/strict";
import test from "node:test";
import { ask, at, inspect, leave, mails, post, shoot, tabTo, visitor } from "./kit.mjs";

export default function held() {
  test("everything its pages may say", async () => {
    const page = await visitor();
    await page.goto("/long-code");
    await inspect(page, "held");
    for (const [name, typed] of [["empty", ""], ["shape", "no address"], ["typo", "hanako@gmial.com"]]) {
      await page.goto("/long-code");
      await page.fill("#address", typed);
      await page.click("#send");
      await at(page, "held");
      await inspect(page, `held-${name}`);
    }
    await page.goto("/long-code");
    await page.fill("#address", "nobody.asked@example.com");
    await page.click("#send");
    await at(page, "code", "held");
    await inspect(page, "code-held");
    await page.fill("#code", "12345678901234567890");
    await page.click("#check");
    await at(page, "code", "refused4");
    await inspect(page, "code-held-refused");
    assert.equal(await mails("nobody.asked@example.com"), 0);
    await leave(page);
  });

  test("no code can be mailed to anybody: a long one opens all the same, by keyboard and without a script", async () => {
    const address = "has.a.long.code@example.com";
    let long = "";
    while (long.replace(/\D/g, "").length !== 20) { // from the third mail of a day on
      const before = await visitor();
      long = (await ask(before, address)).code;
      await leave(before);
    }
    await post("outbox/fill");
    const sent = await mails(address);
    const page = await visitor({ javaScriptEnabled: false });
    const press = async (id, url) => {
      await tabTo(page, id);
      await page.keyboard.press("Enter");
      await page.waitForURL(url);
    };
    await page.goto("/lookup?lang=ja");
    await tabTo(page, "address");
    await page.keyboard.type(address);
    await press("send", /lookup/);
    await at(page, "trouble", "no-mail");
    await shoot(page, "no-mail-ja");
    await press("held", /long-code/);
    await tabTo(page, "address");
    await page.keyboard.type(address);
    await press("send", /\/code/);
    await at(page, "code", "held");
    await tabTo(page, "code");
    await page.keyboard.type(long);
    await press("check", /result/);
    await at(page, "result", "not_listed");
    assert.equal(await mails(address), sent);
    await leave(page);
    await post("outbox/empty");
  });
}
