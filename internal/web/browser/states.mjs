// Every page in every state, in every language.
import assert from "node:assert/strict";
import test from "node:test";
import { ask, at, base, inspect, leave, post, prove, sites, visitor } from "./kit.mjs";

// people of the invented shop, one for each combination of cohorts and flags.
const people = {
  "result-member": "member.only@example.com", "result-member-plain": "member.plain@example.com",
  "result-withdrawn": "withdrawn@example.com", "result-withdrawn-buyer": "withdrawn.buyer@example.com",
  "result-card-member": "card.member@example.com", "result-buyer": "member.buyer@example.com",
  "result-flag": "member.flag@example.com", "result-couple": "demo-couple..10@docomo.ne.jp",
  "result-attempt": "member.attempt@example.com", "result-phone": "member.phone@example.com",
};
const guests = {
  "result-guest": "guest@example.com", "result-guest-flag": "guest.flag@example.com", "result-card-guest": "card.guest@example.com",
  "result-gift": "guest.gift@example.com", "result-cancelled": "guest.cancelled@example.com",
};
const strangers = {
  "not-listed": "nobody@example.com", "not-listed-attempt": "attempt@example.com", "not-listed-late": "late.buyer@example.com",
};

export default function states() {
  test("landing, questions and what does not exist", async () => {
    const page = await visitor();
    await page.goto("/");
    await at(page, "landing");
    assert.equal(await page.locator("#start-letter").count(), 0, "letters are not sent yet");
    await inspect(page, "landing");
    await page.goto("/faq");
    assert.ok(await page.locator("#timeline").count(), "the timeline");
    await inspect(page, "faq");
    for (const path of ["/letter", "/nothing", "/result/x"]) {
      await page.goto(path);
      await inspect(page, "missing", { status: 404 });
    }
    await page.goto("/finished");
    await inspect(page, "finished");
    await page.goto("/result");
    await inspect(page, "no-result", { status: (await page.reload()).status() });
    await leave(page);
  });

  test("everything the address page may say", async () => {
    const page = await visitor();
    await page.goto("/lookup");
    await inspect(page, "address");
    for (const [name, typed] of [["empty", ""], ["shape", "no address"], ["long", `${"a".repeat(1000)}@example.com`],
      ["card", "4111 1111 1111 1111"], ["typo", "hanako@gmial.com"]]) {
      await page.goto("/lookup");
      await page.fill("#address", typed);
      await page.click("#send");
      await at(page, "address");
      assert.equal(await page.locator(name === "typo" ? "#typo" : "#error").count(), 1, name);
      if (name !== "typo") {
        assert.equal(await page.locator("#address").getAttribute("aria-invalid"), "true", name);
        assert.match(await page.locator("#address").getAttribute("aria-describedby"), /\berror\b/, name);
        assert.doesNotMatch(await page.title(), /^メールアドレス/, "the title says first that there is an error");
      }
      if (name === "card") assert.doesNotMatch(await page.content(), /4111/, "a card number is not shown back");
      await inspect(page, `address-${name}`);
    }
    await leave(page);
  });

  test("everything the code page may say", async () => {
    const page = await visitor();
    const m = await ask(page, "mixed.case@example.com");
    await inspect(page, "code");
    await page.click("#lost");
    await inspect(page, "code-lost");
    await page.click("#back");
    await at(page, "code");
    await page.click("#resend", { force: true, noWaitAfter: true }).catch(() => {});
    for (const [name, typed] of [["shape", "12"], ["card", "4111-1111-1111-1111"], ["refused", wrong(m.code)]]) {
      await page.fill("#code", typed);
      await page.click("#check");
      await at(page, "code");
      assert.equal(await page.locator("#error").count(), 1, name);
      assert.equal(await page.inputValue("#code"), "", "what was typed is not shown back");
      await inspect(page, `code-${name}`);
    }
    for (let i = 0; i < 4; i++) {
      await page.fill("#code", wrong(m.code));
      await page.click("#check");
    }
    await at(page, "refused");
    await inspect(page, "refused");
    await page.goto("/code?n=aaaaaaaa");
    await at(page, "gone");
    await inspect(page, "gone");
    await leave(page);
  });

  for (const [list, options] of [[people, {}], [guests, { guest: true }], [strangers, {}]]) {
    for (const [name, address] of Object.entries(list)) {
      test(name, async () => {
        const page = await visitor();
        await prove(page, address);
        await inspect(page, name, options);
        await leave(page);
      });
    }
  }

  test("shut for a while, closed for good, letters on their way", async () => {
    for (const [name, site] of [["closed", sites.closed], ["letters", sites.letters]]) {
      const page = await visitor({ baseURL: site });
      await page.goto("/");
      await inspect(page, name);
      assert.equal(await page.locator("#start").count(), name === "closed" ? 0 : 1);
      if (name === "letters") {
        await page.click("#start-letter");
        await inspect(page, "letter");
        for (const [state, typed] of [["shape", "123"], ["slip", "12345-67890-1234"], ["unknown", "12345-67890-1244"], ["card", "4111 1111 1111 1111"]]) {
          await page.goto("/letter");
          await page.fill("#number", typed);
          await page.click("#check");
          assert.equal(await page.locator("#error").count(), 1, state);
          await inspect(page, `letter-${state}`);
        }
      }
      await leave(page);
    }
    const page = await visitor();
    await prove(page, "guest@example.com");
    const result = page.url();
    await post("pause");
    await page.goto("/");
    await at(page, "landing", "paused");
    await inspect(page, "paused");
    await page.goto("/lookup");
    await inspect(page, "paused-address", { status: 503 });
    await page.goto(result);
    await inspect(page, "paused-result", { status: 503 });
    await post("resume");
    await page.goto(result);
    await at(page, "result");
    await leave(page);
  });

  test("the three states are kept apart: without the database nobody is told anything", async () => {
    const page = await visitor();
    await prove(page, "nobody@example.com");
    const result = page.url();
    await post("db/away");
    await page.goto(result);
    await at(page, "trouble", "could-not-check");
    await inspect(page, "could-not-check", { status: 503 });
    assert.equal(await page.locator(".answer-not-listed, .answer-listed").count(), 0);
    await page.goto("/");
    await at(page, "landing");
    await post("db/back");
    await page.goto(result);
    await at(page, "result");
    await leave(page);
  });

  test("an hour later the code page says so and begins anew, and a result is shown no more", async () => {
    const page = await visitor();
    await prove(page, "late.buyer@example.com");
    const result = page.url();
    await ask(page, "late.member@example.com");
    const code = page.url();
    await post("clock?by=61m");
    await page.goto(code);
    await at(page, "over");
    await inspect(page, "over");
    await page.goto(result);
    assert.equal(await page.locator("#check-number").count(), 0);
    await inspect(page, "expired", { status: (await page.reload()).status() });
    await page.goto(code);
    await page.click("#restart");
    await at(page, "code");
    await post("clock?by=0s");
    await leave(page);
  });

  test("too many requests", async () => {
    const page = await visitor({ extraHTTPHeaders: { "X-Stage-Client": "198.51.100.9" } });
    await post("exhaust?client=198.51.100.9");
    await page.goto("/lookup");
    await page.fill("#address", "nobody@example.com");
    await page.click("#send");
    await at(page, "trouble", "quota-exceeded");
    await leave(page);
  });

  test("no Redis: the landing page and the phone number stay", async () => {
    const page = await visitor();
    await post("redis/stop");
    await page.goto("/lookup");
    await page.fill("#address", "nobody@example.com");
    await page.click("#send");
    await at(page, "trouble", "temporarily-unavailable");
    assert.ok(await page.locator("#help-phone").count());
    await page.goto("/");
    await at(page, "landing");
    await post("redis/start");
    await leave(page);
  });

  test("a form of another site is refused", async () => {
    const page = await visitor();
    await page.goto(`${sites.control}/evil?to=${encodeURIComponent(base)}`);
    const [answer] = await Promise.all([page.waitForNavigation(), page.click("button")]);
    assert.equal(answer.status(), 403);
    await page.context().close();
  });
}

// wrong is another code of the same length.
export const wrong = (code) => code.replace(/\d/g, (d) => String((Number(d) + 1) % 10));
