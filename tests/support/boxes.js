// What is wrong with the page at this width: what reaches out of it or of its own box, breadcrumbs that lead nowhere,
// and on a phone what is too low for a thumb.
(width) => {
  const faults = [];
  const seen = (one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest(".visually-hidden");
  const name = (one) => `${one.tagName.toLowerCase()}.${one.className} ${one.textContent.trim().slice(0, 40)}`;
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) {
    const right = (one) => one.getBoundingClientRect().right;
    const scrolls = ".table-wrap, .grid-wrap, .visually-hidden";
    const wide = [...document.querySelectorAll("main *")].filter((one) => right(one) > width && !one.closest(scrolls));
    faults.push(`the page is ${root.scrollWidth} pixels wide: ${wide.slice(-1).map(name)}`);
  }
  const texts = "h1, h2, h3, h4, p, li, dt, dd, th, td, label, legend, .button, .badge";
  for (const one of document.querySelectorAll(texts)) {
    const style = getComputedStyle(one);
    const holds = one.scrollWidth <= one.clientWidth + 1 || style.overflowX !== "visible" || style.display === "inline";
    if (!holds && seen(one) && !one.querySelector(".visually-hidden, .table-wrap, .grid-wrap")) {
      faults.push(`reaches out of its box: ${name(one)}`);
    }
  }
  const crumbs = [...document.querySelectorAll(".crumbs li")];
  const sign = (one, side) => getComputedStyle(one, side).content !== "none";
  if (crumbs.some((one) => sign(one, "::after")) || (crumbs.length && sign(crumbs[0], "::before"))) {
    faults.push("a breadcrumb leads nowhere");
  }
  if (document.querySelectorAll("h1").length !== 1) faults.push("there is not one h1");
  for (const one of document.querySelectorAll(".table-wrap:has(> table)")) {
    const caption = one.querySelector("caption");
    const right = caption.getBoundingClientRect().right;
    if (right > one.getBoundingClientRect().right + 1) faults.push(`is cut: ${name(caption)}`);
    if (width <= 640 && one.querySelector(".fold") && one.scrollWidth > one.clientWidth + 1) {
      faults.push(`has cells out of sight: ${name(caption)}`);
    }
  }
  if (width > 400) return faults;
  const pressed =
    "button, .button, summary, label.check, nav a, select, textarea, input:not([type=hidden], [type=checkbox], [type=radio])";
  for (const one of document.querySelectorAll(pressed)) {
    const height = one.getBoundingClientRect().height;
    if (height && height < 43.5 && seen(one)) faults.push(`${Math.round(height)} pixels high: ${name(one)}`);
  }
  return faults;
}
