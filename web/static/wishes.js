// Wishes put in order by dragging, with a mouse or a finger, and saved at each drop. The buttons do the same without it.
const EDGE = 72;
const news = document.getElementById("wishes-news");
const list = () => document.querySelector(".wish-list");
const rows = () => [...list().children];
const top = (row) => row.getBoundingClientRect().top;
const middle = (row) => top(row) + row.offsetHeight / 2;

// The wish that is being dragged; and the order as it was before a drop that is on its way.
let drag = null;
let before = null;

document.documentElement.classList.add("can-drag");

function number() {
  rows().forEach((row, place) => (row.querySelector(".wish-rank").textContent = place + 1));
}

function restore(order) {
  list().append(...order);
  number();
}

// Have the card follow the pointer, and its neighbours make room. The card itself stays where it is in the page: moved
// there, it would lose the pointer.
function follow() {
  const { row } = drag;
  const place = () => {
    row.style.transform = "";
    row.style.transform = `translateY(${drag.at - drag.grip - top(row)}px)`;
  };
  place();
  for (let next; (next = row.nextElementSibling) && middle(row) > middle(next); place()) row.before(next);
  for (let last; (last = row.previousElementSibling) && middle(row) < middle(last); place()) row.after(last);
  number();
}

// At the upper and the lower edge of the window the page scrolls along.
function scrollAlong() {
  if (!drag?.moved) return;
  const above = EDGE - drag.at;
  const below = drag.at - (window.innerHeight - EDGE);
  if (above > 0 || below > 0) {
    window.scrollBy({ top: above > 0 ? -above / 5 : below / 5, behavior: "instant" });
    follow();
  }
  requestAnimationFrame(scrollAlong);
}

function letGo(dropped) {
  const { row, order, moved } = drag;
  drag = null;
  row.classList.remove("dragged");
  // Nothing of it may be left: what takes the row's place would be given the same, which the page's policy forbids. Asked
  // for first, or Chromium, which has not written it down yet, leaves it behind empty.
  if (row.hasAttribute("style")) row.removeAttribute("style");
  if (!moved) return;
  if (!dropped) return restore(order);
  const place = rows().indexOf(row);
  if (place === order.indexOf(row)) return;
  before = order;
  const form = document.getElementById("wish-drop");
  form.elements.target.value = row.dataset.target;
  form.elements.place.value = place;
  list().setAttribute("aria-busy", "true");
  form.requestSubmit();
}

document.addEventListener("pointerdown", (event) => {
  const handle = event.target.closest?.(".wish-handle");
  if (!handle || drag || list().hasAttribute("aria-busy") || event.button || !event.isPrimary) return;
  event.preventDefault();
  const row = handle.closest("li");
  handle.setPointerCapture(event.pointerId);
  drag = { row, pointer: event.pointerId, from: event.clientY, at: event.clientY, grip: event.clientY - top(row), order: rows() };
});

document.addEventListener("pointermove", (event) => {
  if (event.pointerId !== drag?.pointer) return;
  drag.at = event.clientY;
  if (!drag.moved) {
    if (Math.abs(drag.at - drag.from) < 6) return;
    drag.moved = true;
    drag.row.classList.add("dragged");
    requestAnimationFrame(scrollAlong);
  }
  follow();
});

document.addEventListener("pointerup", (event) => event.pointerId === drag?.pointer && letGo(true));
document.addEventListener("pointercancel", (event) => event.pointerId === drag?.pointer && letGo(false));
document.addEventListener("keydown", (event) => event.key === "Escape" && drag && letGo(false));

// What could not be sent, or was refused as a whole, is as if it had not been done, and is said.
for (const failure of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.addEventListener(failure, (event) => {
    if (!event.target.closest?.("#wishes")) return;
    if (before) restore(before);
    before = null;
    list()?.removeAttribute("aria-busy");
    news.replaceChildren(Object.assign(document.createElement("span"), { className: "notice error", textContent: news.dataset.lost }));
    event.target.querySelector("button")?.focus();
  });
}

// Beside the list, a card of the suggestions may bring it along.
document.addEventListener("htmx:afterSwap", () => (before = null));
