// A second press of the button while the answer to the first is on its way sends nothing.
// Without this file the server sees both, and leads the second one to where the first one led.
"use strict";

(() => {
  // So long at most: what was stopped, or never answered, may be sent again.
  const WAIT = 10_000;
  let sent = new WeakMap();

  // After the listeners of the form itself: what they send by script is their affair.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (Date.now() - (sent.get(form) ?? -WAIT) < WAIT) event.preventDefault();
    else sent.set(form, Date.now());
  });
  // Back from the next page, the form is alive again.
  window.addEventListener("pageshow", () => {
    sent = new WeakMap();
  });
})();
