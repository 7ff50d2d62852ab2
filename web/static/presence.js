// Presence drawn over the day: a bar for each part of it, on top of the boxes, which stay what is sent. A finger or a
// pointer drawn along the bar takes times away, or gives them back; half-days are one press; on the boxes, arrows go
// from one to the next, and with Shift they draw.

const minutes = (clock) => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));

function drawn(strip) {
  const boxes = [...document.querySelectorAll(`[data-sitting="${strip.dataset.strip}"] input`)];
  const bar = strip.querySelector(".strip-bar");
  const halves = [...strip.querySelectorAll("[data-half]")];
  const isAfternoon = (box) => minutes(box.dataset.from) >= 13 * 60;
  const of = (half) => boxes.filter((box) => half.dataset.half === (isAfternoon(box) ? "afternoon" : "morning"));

  const cells = [];
  let until = null;
  for (const box of boxes) {
    const from = minutes(box.dataset.from);
    let to = minutes(box.dataset.to);
    if (to < from) to += 24 * 60;
    if (until !== null && from > until) piece("strip-pause", from - until);
    cells.push(piece("strip-cell", to - from));
    until = to;
  }

  function piece(name, length) {
    const one = Object.assign(document.createElement("span"), { className: name });
    one.style.flexGrow = String(length);
    bar.append(one);
    return one;
  }

  function refresh() {
    boxes.forEach((box, n) => cells[n].classList.toggle("on", box.checked));
    for (const half of halves) {
      const there = of(half).filter((box) => box.checked).length;
      half.setAttribute("aria-pressed", there === of(half).length ? "true" : there ? "mixed" : "false");
    }
  }

  function told() {
    boxes[0].dispatchEvent(new Event("input", { bubbles: true }));
    boxes[0].dispatchEvent(new Event("change", { bubbles: true }));
  }

  for (const half of halves) {
    half.hidden = !of(half).length;
    half.addEventListener("click", () => {
      const all = of(half).every((box) => box.checked);
      for (const box of of(half)) box.checked = !all;
      told();
    });
  }

  // From where a drawing began: what was ticked then, and what it makes of the times that it passes.
  let drawing = null;
  const at = (x) => {
    const found = cells.findIndex((cell) => x <= cell.getBoundingClientRect().right);
    return found < 0 ? cells.length - 1 : found;
  };
  function draw(x) {
    const [first, last] = [drawing.from, at(x)].sort((a, b) => a - b);
    boxes.forEach((box, n) => (box.checked = n >= first && n <= last ? drawing.tick : drawing.before[n]));
    refresh();
  }
  bar.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    const from = at(event.clientX);
    drawing = { from, tick: !boxes[from].checked, before: boxes.map((box) => box.checked) };
    bar.setPointerCapture(event.pointerId);
    draw(event.clientX);
  });
  bar.addEventListener("pointermove", (event) => drawing && draw(event.clientX));
  bar.addEventListener("pointerup", () => {
    if (!drawing) return;
    drawing = null;
    told();
  });
  // The finger went on to scroll the page.
  bar.addEventListener("pointercancel", () => {
    if (!drawing) return;
    boxes.forEach((box, n) => (box.checked = drawing.before[n]));
    drawing = null;
    refresh();
  });

  const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
  for (const [n, box] of boxes.entries()) {
    box.addEventListener("keydown", (event) => {
      const next = boxes[n + steps[event.key]];
      if (!next) return;
      event.preventDefault();
      next.focus();
      if (!event.shiftKey) return;
      next.checked = box.checked;
      told();
    });
  }

  boxes[0].closest("fieldset").addEventListener("change", refresh);
  refresh();
}

for (const strips of document.querySelectorAll(".strips")) {
  strips.hidden = false;
  for (const strip of strips.querySelectorAll("[data-strip]")) drawn(strip);
}
