// Ticks the rules of a new password while it is typed, and offers to show any password.
// The rules come from the page (accounts/passwords.py); the server checks them all again.
"use strict";

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
