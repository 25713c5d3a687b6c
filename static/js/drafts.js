// Keeps what is being written in a form[data-draft]: shortly after the last key, and when the page is left.
// The button "Save and go on later" does the same without this file.
"use strict";

(() => {
  const QUIET = 2_000; // after the last key
  const AGAIN = 10_000; // after a try that failed

  document.querySelectorAll("form[data-draft]").forEach((form) => {
    const state = form.querySelector("[data-draft-state]");
    const typed = () => new URLSearchParams(new FormData(form)).toString();
    let saved = typed();
    let leaving = false;
    let timer = 0;

    const wait = (milliseconds) => {
      window.clearTimeout(timer);
      timer = window.setTimeout(save, milliseconds);
    };

    const save = async () => {
      const now = typed();
      if (leaving || now === saved) return;
      const body = new URLSearchParams(now);
      body.set("save", "by-itself");
      try {
        const answer = await fetch(form.action, { method: "POST", body, redirect: "manual", keepalive: true });
        // Logged out meanwhile: the server answers with the way to the log-in.
        if (answer.status !== 204) throw new Error(String(answer.status));
        saved = now;
        const time = new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
        state.textContent = state.dataset.saved.replace("{time}", time);
      } catch {
        state.textContent = state.dataset.failed;
        wait(AGAIN);
      }
    };

    ["input", "change"].forEach((event) => form.addEventListener(event, () => wait(QUIET)));
    form.addEventListener("submit", () => {
      leaving = true;
    });
    // Back from the next page, the form is alive again.
    window.addEventListener("pageshow", () => {
      leaving = false;
    });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") save();
    });
  });
})();
