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
