// The registration form: characters left, boxes ticked in each closed category, all or none of a day's slots.

for (const box of document.querySelectorAll(".counted")) {
  const area = box.querySelector("textarea");
  const counter = box.querySelector(".counter");
  const count = () => {
    const left = Number(box.dataset.limit) - [...area.value.trim()].length;
    const text = left >= 0 ? box.dataset.left : box.dataset.over;
    counter.textContent = text.replace("{count}", String(Math.abs(left)));
    counter.classList.toggle("over", left < 0);
  };
  area.addEventListener("input", count);
  count();
}

for (const group of document.querySelectorAll("[data-tally]")) {
  const tally = group.querySelector(".tally");
  group.addEventListener("change", () => {
    const count = group.querySelectorAll("input:checked").length;
    const text = count === 1 ? tally.dataset.one : tally.dataset.many;
    tally.textContent = count ? text.replace("{count}", String(count)) : "";
  });
}

// A second press while the first is on its way would only wait.
document.querySelector("form.registration")?.addEventListener("submit", (event) => {
  const form = event.currentTarget;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  window.addEventListener("pageshow", () => delete form.dataset.sent, { once: true });
});

// What is typed is kept in this tab until it has arrived: a page reloaded by mistake loses nothing.
const form = document.querySelector("form.registration[data-draft]");
if (form) {
  const key = `draft:${location.pathname}`;
  // A button that says "register a company" knows better than a draft what is being registered.
  const fresh = ["csrf_token", "submission", "draft", "consent", ...new URLSearchParams(location.search).keys()];
  const kept = (name) => !fresh.includes(name);
  const save = () => {
    const values = [...new FormData(form)].filter(([name]) => kept(name));
    sessionStorage.setItem(key, JSON.stringify(values));
  };
  const draft = JSON.parse(sessionStorage.getItem(key) ?? "null");
  // After faults the server has kept everything itself: what it sends is the draft from then on, for a reload of the
  // address forgets it.
  if (document.querySelector(".notice.error[role=alert]")) save();
  else if (draft) {
    for (const field of form.elements) {
      if (!field.name || !kept(field.name)) continue;
      const values = draft.filter(([name]) => name === field.name).map(([, value]) => value);
      if (field.type === "checkbox" || field.type === "radio") field.checked = values.includes(field.value);
      else if (values.length) [field.value] = values;
    }
    form.querySelectorAll("textarea, [data-tally] input:first-of-type").forEach((field) => {
      field.dispatchEvent(new Event(field.tagName === "TEXTAREA" ? "input" : "change", { bubbles: true }));
    });
  }
  form.addEventListener("input", save);
}
