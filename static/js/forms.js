// For forms on which people write, or to which they add files.
"use strict";

// Keeps what is being written in a form[data-draft]: shortly after the last key, and when the page is left.
// The button "Save and go on later" does the same without this file.
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

// Sends the files of a form[data-upload] one by one, each with its own bar and its own words.
// Without this file the form sends them all together, and the page says the same.
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
