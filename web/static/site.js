// Small improvements; every page works without them.

// After a page with faults has loaded, the summary of the faults gets the focus.
document.querySelector(".notice.error[role=alert][tabindex]")?.focus();

// Faults that htmx is answered with are shown like any other answer.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status === 422) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});

// On a phone the tabs of an event scroll sideways: the one of this page is brought into view.
for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
  const row = tab.parentElement;
  row.scrollLeft = tab.offsetLeft - row.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2;
}

// The rounds of what was typed before the scripts were there, or is put back by the browser, are shown too.
addEventListener("load", () => {
  const fields = document.querySelector("#grid-fields");
  const all = fields ? [...fields.querySelectorAll("input, textarea")] : [];
  if (all.some((one) => one.value !== one.defaultValue)) fields.dispatchEvent(new Event("input"));
});
