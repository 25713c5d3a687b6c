// Keeps what is being written in a form[data-draft], every 20 seconds in which something has changed.
// The button "Save and go on later" does the same without this file.
"use strict";

(() => {
  const EVERY = 20_000;

  document.querySelectorAll("form[data-draft]").forEach((form) => {
    const state = form.querySelector("[data-draft-state]");
    let saved = new URLSearchParams(new FormData(form)).toString();
    let sending = false;

    const save = async () => {
      const now = new URLSearchParams(new FormData(form));
      if (sending || now.toString() === saved) return;
      const sent = now.toString();
      now.set("save", "by-itself");
      try {
        const answer = await fetch(form.action, { method: "POST", body: now, redirect: "manual" });
        // Logged out meanwhile: the server answers with the way to the log-in.
        if (answer.status !== 204) throw new Error(String(answer.status));
        saved = sent;
        state.textContent = state.dataset.saved;
      } catch {
        state.textContent = state.dataset.failed;
      }
    };

    form.addEventListener("submit", () => {
      sending = true;
    });
    // Back from the next page, the form is alive again.
    window.addEventListener("pageshow", () => {
      sending = false;
    });
    window.setInterval(save, EVERY);
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") save();
    });
  });
})();
