// The workbench without reloading: choose, move by dragging, go about with the arrow keys. Every button works without it.
const bench = () => document.getElementById("bench");

// A place as the address names it.
const addressOf = (place) => new URL(place.href).search;

async function choose(place) {
  for (const other of bench().querySelectorAll(".place[aria-current]")) other.removeAttribute("aria-current");
  place.setAttribute("aria-current", "true");
  history.replaceState(null, "", bench().dataset.page + addressOf(place));
  await htmx.ajax("GET", bench().dataset.panel + addressOf(place), { target: "#panel", swap: "outerHTML" });
  document.getElementById("panel").focus({ preventScroll: false });
}

// Send a form and put the answer's bench in place of ours, keeping where the grid was scrolled to.
async function send(form) {
  const grid = bench().querySelector("[data-scroll]");
  const at = grid && [grid.scrollLeft, grid.scrollTop];
  const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("bench");
  if (!fresh) return location.reload();
  history.replaceState(null, "", answer.url.split("#")[0]);
  bench().replaceWith(fresh);
  document.getElementById("messages").replaceChildren(...page.getElementById("messages").children);
  const now = fresh.querySelector("[data-scroll]");
  if (now && at) [now.scrollLeft, now.scrollTop] = at;
  (fresh.querySelector(".place[aria-current]") ?? now)?.focus({ preventScroll: Boolean(at) });
}

document.addEventListener("click", (event) => {
  const place = event.target.closest?.("#bench .place");
  if (!place || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  choose(place);
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches("#bench [data-bench], #drop")) return;
  event.preventDefault();
  for (const button of event.target.querySelectorAll("button")) button.disabled = true;
  send(event.target);
});

// Arrow keys: to the next place in the same direction.
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
document.addEventListener("keydown", (event) => {
  const place = event.target.closest?.("#bench .place");
  if ((event.ctrlKey || event.metaKey) && bench() && !event.target.matches("input, textarea")) {
    const wanted = event.key === "z" && !event.shiftKey ? "undo" : event.key === "y" || (event.key === "Z" && event.shiftKey) ? "redo" : null;
    const form = wanted && bench().querySelector(`[data-bench="${wanted}"]`);
    if (form && !form.querySelector("button").disabled) {
      event.preventDefault();
      send(form);
    }
    return;
  }
  if (!place || !STEPS[event.key]) return;
  event.preventDefault();
  const [down, right] = STEPS[event.key];
  let cell = place.closest("td");
  let row = cell.closest("tr");
  let column = cell.cellIndex;
  for (;;) {
    row = down > 0 ? row.nextElementSibling : down < 0 ? row.previousElementSibling : row;
    column += right;
    const next = row?.cells[column]?.querySelector(".place");
    if (next) return next.focus();
    if (!row || column < 1 || column >= row.cells.length) return;
  }
});

// Dragging: by participants within the row of whoever is dragged, by tables anywhere; onto a meeting of another round to
// exchange the two.
let dragged = null;
document.addEventListener("dragstart", (event) => {
  const place = event.target.closest?.("#bench .meeting.place");
  if (!place) return;
  dragged = place;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", place.textContent);
  place.closest(byTables() ? "tbody" : "tr").classList.add("dragging");
});
document.addEventListener("dragend", () => {
  for (const part of document.querySelectorAll(".dragging")) part.classList.remove("dragging");
  dragged = null;
});
const byTables = () => bench().dataset.by === "tables";
const target = (event) => {
  const cell = dragged && event.target.closest?.("td[data-slot]");
  if (!cell || cell === dragged.closest("td")) return null;
  return byTables() || cell.parentElement === dragged.closest("tr") ? cell : null;
};
document.addEventListener("dragover", (event) => {
  if (target(event)) event.preventDefault();
});
document.addEventListener("drop", (event) => {
  const cell = target(event);
  if (!cell) return;
  event.preventDefault();
  const met = cell.querySelector(".meeting.place");
  const slot = dragged.closest("td").dataset.slot;
  const table = byTables() ? cell.parentElement.dataset.row : "";
  const elsewhere = cell.dataset.slot !== slot;
  const said = {
    kind: met && elsewhere ? "exchange" : elsewhere ? "move" : "table",
    one: dragged.dataset.one,
    other: dragged.dataset.other,
    slot,
    to: elsewhere ? cell.dataset.slot : table,
    with_one: met?.dataset.one ?? "",
    with_other: met?.dataset.other ?? "",
    table: met ? "" : table,
  };
  const form = document.getElementById("drop");
  for (const [name, value] of Object.entries(said)) form.elements[name].value = value;
  send(form);
});
