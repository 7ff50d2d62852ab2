// Passkeys: a form with `data-passkey` asks the server what is to be signed, has the browser's key sign it, and is sent
// with the answer. Where the browser has no keys the form stays hidden, and the page says so.

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");

const described = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

async function signed(kind, options) {
  const asked = { ...options, challenge: bytes(options.challenge) };
  if (kind === "create") {
    asked.user = { ...options.user, id: bytes(options.user.id) };
    asked.excludeCredentials = described(options.excludeCredentials);
  } else {
    asked.allowCredentials = described(options.allowCredentials);
  }
  const key = await navigator.credentials[kind]({ publicKey: asked });
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (key.response[name]) response[name] = text(key.response[name]);
  }
  return { id: key.id, rawId: text(key.rawId), type: key.type, clientExtensionResults: {}, response };
}

async function send(event) {
  event.preventDefault();
  const form = event.currentTarget;
  const told = form.querySelector("[data-told]");
  const button = form.querySelector("button");
  told.textContent = "";
  button.disabled = true;
  try {
    const answer = await fetch(form.dataset.options, {
      method: "POST",
      body: new FormData(form),
      headers: { Accept: "application/json" },
    });
    const options = await answer.json();
    if (!answer.ok) {
      told.textContent = options.message ?? form.dataset.failed;
      return;
    }
    form.elements.answer.value = JSON.stringify(await signed(form.dataset.passkey, options));
    // The password has done its part.
    if (form.elements.current) form.elements.current.value = "";
    form.submit();
  } catch {
    told.textContent = form.dataset.failed;
  } finally {
    button.disabled = false;
  }
}

if (window.PublicKeyCredential && window.isSecureContext) {
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", send);
  }
  for (const told of document.querySelectorAll("[data-no-passkeys]")) told.hidden = true;
}
