// Comforts only: every page works without this file.
"use strict";
(() => {
  const by = (id) => document.getElementById(id);

  // A result that the browser kept in memory is not shown again after "finish".
  addEventListener("pageshow", (e) => { if (e.persisted) location.reload(); });

  // A second press is no second try and asks for no second mail; after a while it is a
  // new press, for the first may have got lost on the way.
  for (const form of document.forms) {
    let sent = -Infinity;
    form.addEventListener("submit", (e) => {
      if (performance.now() - sent < 5000) e.preventDefault();
      else sent = performance.now();
    });
  }

  // "Send again" counts down.
  const resend = by("resend");
  if (resend && Number(resend.dataset.wait) > 0) {
    const label = resend.innerHTML;
    const end = Date.now() + Number(resend.dataset.wait) * 1000;
    const tick = () => {
      const left = Math.ceil((end - Date.now()) / 1000);
      resend.disabled = left > 0;
      if (left > 0) {
        resend.textContent = resend.dataset.words.replace("%s%", left);
        setTimeout(tick, 500);
      } else {
        resend.innerHTML = label;
      }
    };
    tick();
  }

  // A domain that is likely mistyped is pointed out while it can still be corrected.
  const hint = by("typo-hint"), address = by("address");
  if (hint && address) {
    const list = hint.dataset.typos.trim().split(" ");
    const check = () => {
      const domain = address.value.trim().toLowerCase().split("@").pop();
      const at = list.indexOf(domain);
      const found = at >= 0 && at % 2 === 0;
      hint.hidden = !found;
      if (found) hint.textContent = hint.dataset.words.replace("%typed%", domain).replace("%meant%", list[at + 1]);
    };
    // After a pause in typing, never on leaving the field: the button must not move away
    // from under the finger that is about to press it.
    let pause;
    address.addEventListener("input", () => { clearTimeout(pause); pause = setTimeout(check, 700); });
  }

  const print = by("print");
  if (print) {
    print.hidden = false;
    print.addEventListener("click", () => window.print());
  }

  // Two minutes before a result can no longer be shown, say so; then show it no longer.
  const warning = by("idle-warning");
  if (warning) {
    const shown = Date.now(), end = 15 * 60 * 1000 + 5000;
    const close = () => { by("main").textContent = ""; location.reload(); };
    setTimeout(() => { warning.hidden = false; }, 13 * 60 * 1000);
    setTimeout(close, end);
    // A phone stops the clocks of what it does not show.
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && Date.now() - shown >= end) close();
    });
  }
})();
