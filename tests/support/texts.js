// The texts of the page that are read or read out, once each; not those that say that they are of another language.
() => {
  const found = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode;
    if (!text.parentElement.closest("script, style, [lang]:not(html)")) found.add(text.data.trim().replace(/\s+/g, " "));
  }
  for (const name of ["aria-label", "title", "placeholder", "alt"]) {
    for (const one of document.querySelectorAll(`[${name}]`)) {
      if (!one.closest(".languages")) found.add(one.getAttribute(name));
    }
  }
  return [...found];
}
