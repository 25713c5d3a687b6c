// All that runs in the browser. Each part looks for its own marks; every page works without this file.
"use strict";

// A second press of the button while the answer to the first is on its way sends nothing.
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
// At the end it hands in what is half written (form[data-draft], form[data-late]) and shows the log-in, which
// leads back here. The tabs tell each other how long the log-in lasts.
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

// Keeps what is being written in a form[data-draft]: shortly after the last key, and when the page is left.
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
    // Back from the next page, the form is alive again. What the browser has put into it, nobody has typed.
    window.addEventListener("pageshow", ({ persisted }) => {
      leaving = false;
      if (!timer && !persisted) saved = typed();
    });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") save();
    });
  });
})();

// Sends the files of a form[data-upload] one by one, each with its own bar and its own words.
(() => {
  const post = ({ action, dataset }, body, onProgress) =>
    new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open("POST", action);
      request.setRequestHeader("Accept", "application/json");
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) onProgress(event.loaded / event.total);
      });
      request.addEventListener("load", () => {
        // Led on to the log-in, or a form of an earlier one, which is refused.
        if (request.status === 403 || new URL(request.responseURL).pathname === dataset.login) {
          resolve({ over: true });
          return;
        }
        try {
          resolve(JSON.parse(request.responseText));
        } catch (error) {
          // Something on the way that does not speak with us.
          reject(error);
        }
      });
      ["error", "abort", "timeout"].forEach((name) => request.addEventListener(name, reject));
      request.send(body);
    });

  const row = (list, file) => {
    const item = document.createElement("li");
    const name = document.createElement("span");
    const bar = document.createElement("progress");
    const words = document.createElement("small");
    name.className = "what";
    name.textContent = file.name;
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", file.name);
    name.append(words);
    item.append(name, bar);
    list.append(item);
    return { item, bar, words };
  };

  document.querySelectorAll("form[data-upload]").forEach((form) => {
    const input = form.querySelector("input[type=file]");
    const button = form.querySelector("button[type=submit]");
    const list = form.querySelector("[data-upload-list]");
    const state = form.querySelector("[data-upload-state]");
    const say = form.dataset;
    let sending = false;

    const send = async (file) => {
      const { item, bar, words } = row(list, file);
      const end = (taken, text) => {
        bar.remove();
        item.classList.add(taken ? "taken" : "refused");
        words.textContent = text;
        // Read aloud, one after the other; the bars are not.
        state.textContent = `${file.name}: ${text}`;
        return taken;
      };
      words.textContent = say.sending;
      if (file.size > Number(say.most)) return end(false, say.tooLarge);
      const body = new FormData(form);
      body.delete(input.name);
      body.append(input.name, file, file.name);
      try {
        const answer = await post(form, body, (share) => {
          bar.value = share;
        });
        if (answer.over) {
          form.querySelector("[data-upload-over]").hidden = false;
          return end(false, say.over);
        }
        return end(answer.received > 0, answer.received > 0 ? say.received : answer.words.join(" "));
      } catch {
        return end(false, say.failed);
      }
    };

    form.addEventListener("submit", async (event) => {
      // Nothing was chosen: the server says so, as it does without script.
      if (input.files.length === 0) return;
      event.preventDefault();
      if (sending) return;
      sending = true;
      button.disabled = true;
      list.replaceChildren();
      list.hidden = false;
      let taken = 0;
      const files = [...input.files];
      for (const file of files) taken += (await send(file)) ? 1 : 0;
      input.value = "";
      button.disabled = false;
      sending = false;
      if (taken === files.length) {
        window.location.assign(say.after);
        window.location.reload();
      } else {
        form.querySelector("[data-upload-again]").hidden = taken === 0;
        state.focus();
      }
    });
  });
})();

// Ticks the rules of a new password while it is typed, and offers to show any password.
// The rules come from the page (accounts/passwords.py); the server checks them all again.
(() => {
  const count = (text, pattern) => (text.match(pattern) || []).length;

  const worstRepeat = (text, mode) => {
    const characters = [...text];
    if (mode === "run") {
      let run = 0;
      return characters.reduce((worst, character, place) => {
        run = character === characters[place - 1] ? run + 1 : 1;
        return Math.max(worst, run);
      }, 0);
    }
    const seen = new Map();
    characters.forEach((character) => seen.set(character, (seen.get(character) || 0) + 1));
    return Math.max(0, ...seen.values());
  };

  const checks = {
    length: (text, n) => [...text].length >= n,
    lower: (text, n) => count(text, /\p{Lowercase}/gu) >= n,
    upper: (text, n) => count(text, /\p{Uppercase}/gu) >= n,
    digit: (text, n) => count(text, /\p{Nd}/gu) >= n,
    special: (text, n) => count(text, /[\p{P}\p{S}]/gu) >= n,
    repeat: (text, n, rule) => text !== "" && worstRepeat(text, rule.dataset.repeat) <= n,
  };

  document.querySelectorAll("[data-password-rules]").forEach((list) => {
    const input = document.getElementById(list.dataset.passwordRules);
    if (!input) return;
    const tick = () => {
      const text = input.value.normalize("NFC");
      list.querySelectorAll("[data-rule]").forEach((rule) => {
        const check = checks[rule.dataset.rule];
        const met = Boolean(check) && check(text, Number(rule.dataset.count), rule);
        rule.classList.toggle("met", met);
        rule.querySelector("span").textContent = met ? ` (${rule.dataset.met})` : "";
      });
    };
    input.addEventListener("input", tick);
    tick();
  });

  document.querySelectorAll("input[type=password][data-show]").forEach((input) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "link";
    button.setAttribute("aria-controls", input.id);
    const say = () => {
      const hidden = input.type === "password";
      button.textContent = hidden ? input.dataset.show : input.dataset.hide;
    };
    button.addEventListener("click", () => {
      input.type = input.type === "password" ? "text" : "password";
      say();
    });
    // What is shown must not be kept by the browser as ordinary text.
    input.form?.addEventListener("submit", () => {
      input.type = "password";
    });
    say();
    input.after(button);
  });
})();

// A button of passkeys asks the browser and sends what it answered. Without a script the other ways stay.
(() => {
  const button = document.querySelector("[data-passkey]");
  if (!button) return;
  // Known only while this file runs.
  const { webauthn } = document.currentScript.dataset;
  const form = button.form;
  const show = (id) => { document.getElementById(id).hidden = false; };

  if (!window.PublicKeyCredential) {
    // On the page of the log-in nobody misses what was never shown.
    if (!form.hidden) show("passkey-unknown");
    return;
  }
  form.hidden = button.hidden = false;

  const given = () => JSON.parse(document.getElementById("passkey-data").textContent);

  // Most people come in without: the library is fetched only by who presses the button.
  const library = () => new Promise((ready, failed) => {
    if (window.webauthnJSON) {
      ready();
      return;
    }
    const script = document.createElement("script");
    script.src = webauthn;
    script.onload = ready;
    script.onerror = () => failed(new Error("no library"));
    document.head.append(script);
  });

  const ways = {
    // Kept on the device, so that it logs in without the name being typed.
    create: () => {
      const options = given().creation_options;
      Object.assign(options.publicKey.authenticatorSelection, {
        residentKey: "required", requireResidentKey: true, userVerification: "required",
      });
      return window.webauthnJSON.create(options);
    },
    get: () => window.webauthnJSON.get(given().request_options),
    login: async () => {
      const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      return window.webauthnJSON.get((await answer.json()).request_options);
    },
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    document.getElementById("passkey-trouble").hidden = true;
    button.disabled = true;
    try {
      await library();
      const credential = await ways[button.dataset.passkey]();
      form.elements.credential.value = JSON.stringify(credential);
      form.submit();
    } catch {
      show("passkey-trouble");
      button.disabled = false;
    }
  });
})();
