// What helps people in: passwords and passkeys, in one file, since the page of the log-in needs both.
"use strict";

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
