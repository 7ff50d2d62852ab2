// The agenda page: what is now and what is next, kept right while the page stays open, with or without network.

const cards = document.getElementById("now-next");
const meetings = [...document.querySelectorAll(".agenda-meeting")];

function card(label, tone, meeting) {
  const box = document.createElement("div");
  box.className = `now-card ${tone}`;
  for (const [name, text] of [
    ["now-label", `${label} · ${meeting.dataset.time}`],
    ["now-partner", meeting.dataset.partner],
    ["now-table", meeting.dataset.table],
  ]) {
    const line = document.createElement("p");
    line.className = name;
    line.textContent = text;
    box.append(line);
  }
  return box;
}

let shown = null;

function refresh() {
  const now = Date.now();
  const current = meetings.filter((one) => Date.parse(one.dataset.start) <= now && now < Date.parse(one.dataset.end));
  const next = meetings.find((one) => Date.parse(one.dataset.start) > now);
  for (const one of meetings) {
    one.classList.toggle("is-now", current.includes(one));
    one.classList.toggle("is-next", one === next);
    one.classList.toggle("is-past", Date.parse(one.dataset.end) <= now);
  }
  const state = [...current, next].map((one) => meetings.indexOf(one)).join();
  if (state !== shown) {
    shown = state;
    cards.replaceChildren(
      ...current.map((one) => card(cards.dataset.now, "is-now", one)),
      ...(next ? [card(cards.dataset.next, "is-next", next)] : []),
    );
  }
}

if (cards && meetings.length) {
  refresh();
  setInterval(refresh, 10_000);
}

// The registration has arrived: its draft is of no use any more.
if (document.querySelector(".welcome")) {
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith("draft:")) sessionStorage.removeItem(key);
  }
}
