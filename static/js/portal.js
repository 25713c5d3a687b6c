// What every page has: a second press that sends nothing, and a word before the log-in ends.
"use strict";

// A second press of the button while the answer to the first is on its way sends nothing.
// Without this file the server sees both, and leads the second one to where the first one led.
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

// Warns two minutes before the log-in ends, with one button to stay, and asks the server nothing until then.
// At the end it hands in what is half written in a form[data-draft], which the server keeps, and shows the
// log-in, which leads back here; what is half written in a form[data-late] comes back in that way itself. The
// tabs of a browser tell each other how long the log-in lasts.
(() => {
  const dialog = document.querySelector("[data-session]");
  if (!dialog) return;
  const WARNING = 120_000;
  // The server counts in whole seconds: a little later it is surely over there too.
  const AFTER = 2_000;
  const AGAIN = 10_000; // after a try that failed
  const KEY = "portal-log-in";

  const words = dialog.querySelector("[data-words]");
  const stay = dialog.querySelector("[data-stay]");
  const understood = dialog.querySelector("[data-understood]");
  const form = dialog.querySelector("form");
  const fields = (written) => new URLSearchParams(new FormData(written));
  const found = (which) => [...document.querySelectorAll(which)].map((written) => ({ written, before: fields(written).toString() }));
  const drafts = found("form[data-draft]");
  const others = found("form[data-late]");
  let ends = { idle: 0, age: 0 };
  let timer = 0;
  let over = false;
  let told = false;

  const learn = (seconds) => {
    ends = { idle: Date.now() + seconds.idle * 1000, age: Date.now() + seconds.age * 1000 };
    try {
      localStorage.setItem(KEY, JSON.stringify(ends));
    } catch {
      // A browser that keeps nothing: each tab counts for itself.
    }
  };

  // Another tab was used later than this one.
  const hear = (text) => {
    try {
      const other = JSON.parse(text);
      ends = { idle: Math.max(ends.idle, Number(other.idle) || 0), age: Math.max(ends.age, Number(other.age) || 0) };
    } catch {
      // Not of ours.
    }
  };

  const listen = () => {
    try {
      hear(localStorage.getItem(KEY));
    } catch {
      // As above.
    }
  };

  const warn = () => {
    if (dialog.open || told) return;
    const last = ends.age <= ends.idle;
    const text = last ? words.dataset.onAge : words.dataset.onIdle;
    const time = new Date(Math.min(ends.idle, ends.age)).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    words.textContent = text.replace("{time}", time);
    stay.hidden = last;
    understood.hidden = !last;
    dialog.showModal();
  };

  const finish = async () => {
    if (over) return;
    over = true;
    const changed = ({ written, before }) => fields(written).toString() !== before;
    const late = drafts.filter(changed);
    const half = others.find(changed);
    try {
      if (half) {
        const body = fields(half.written);
        body.set("late", "1");
        const answer = await fetch(half.written.action, { method: "POST", body });
        if (answer.ok) {
          window.location.assign(answer.url);
          return;
        }
      }
      for (const { written } of late) {
        const body = fields(written);
        body.set("save", "by-itself");
        await fetch(written.action, { method: "POST", body, redirect: "manual" });
      }
      const way = new URLSearchParams({ ended: ends.age <= ends.idle ? "age" : "idle", next: window.location.pathname + window.location.search });
      if (late.length) way.set("kept", "1");
      window.location.assign(`${dialog.dataset.login}?${way}`);
    } catch {
      // Without a connection what is written stays on the screen.
      over = false;
      timer = window.setTimeout(plan, AGAIN);
    }
  };

  const plan = () => {
    window.clearTimeout(timer);
    listen();
    const left = Math.min(ends.idle, ends.age) - Date.now();
    if (left <= -AFTER) {
      finish();
    } else if (left <= WARNING) {
      warn();
      timer = window.setTimeout(plan, left + AFTER);
    } else {
      told = false;
      if (dialog.open) dialog.close();
      timer = window.setTimeout(plan, left - WARNING);
    }
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const answer = await fetch(form.action, { method: "POST", body: fields(form), redirect: "manual" });
      if (answer.ok) learn(await answer.json());
      // Refused: the log-in has ended meanwhile.
      else ends.idle = 0;
      plan();
    } catch {
      words.textContent = words.dataset.onFailure;
    }
  });
  understood.addEventListener("click", () => {
    told = true;
    dialog.close();
  });
  // Escape is a sign of somebody too.
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    (stay.hidden ? understood : stay).click();
  });

  window.addEventListener("storage", (event) => {
    if (event.key === KEY) plan();
  });
  // A sleeping computer stops its clocks.
  window.addEventListener("pageshow", plan);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") plan();
  });

  learn({ idle: Number(dialog.dataset.idle), age: Number(dialog.dataset.age) });
  plan();
})();
