// Small improvements of the organiser's pages; every page works without them.

// Buttons that copy a link, shown only where they can work.
for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const label = button.textContent;
    await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).href);
    button.textContent = button.dataset.copied;
    document.querySelector("#messages")?.append(Object.assign(document.createElement("p"), { className: "visually-hidden", textContent: button.dataset.copied }));
    setTimeout(() => (button.textContent = label), 2000);
  });
}

// One box that ticks all those of its form.
for (const label of document.querySelectorAll("[data-all-of]")) {
  label.hidden = false;
  const all = label.querySelector("input");
  const boxes = [...label.closest("form").querySelectorAll(`input[name="${label.dataset.allOf}"]`)];
  all.addEventListener("change", () => boxes.forEach((box) => (box.checked = all.checked)));
  boxes.forEach((box) => box.addEventListener("change", () => (all.checked = boxes.every((one) => one.checked))));
}
