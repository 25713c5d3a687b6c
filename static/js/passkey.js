// A button of passkeys asks the browser and sends what it answered. Without a script the other ways stay.
(() => {
  const button = document.querySelector("[data-passkey]");
  if (!button) return;
  const form = button.form;
  const show = (id) => { document.getElementById(id).hidden = false; };

  if (!window.PublicKeyCredential) {
    // On the page of the log-in nobody misses what was never shown.
    if (!form.hidden) show("passkey-unknown");
    return;
  }
  form.hidden = button.hidden = false;

  const given = () => JSON.parse(document.getElementById("passkey-data").textContent);

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
      const credential = await ways[button.dataset.passkey]();
      form.elements.credential.value = JSON.stringify(credential);
      form.submit();
    } catch {
      show("passkey-trouble");
      button.disabled = false;
    }
  });
})();
