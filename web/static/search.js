// Lists that are short enough to be on the page whole, searched as one types. The rule is that of web/domain/text.py.

const PLAIN = { œ: "oe", æ: "ae", ø: "o", ł: "l", đ: "d", ð: "d", þ: "th", ħ: "h", ŧ: "t", ı: "i", ß: "ss", ς: "σ" };
const UNSEEN = /[\r\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/gu;

// The words of a text, a space between two: without case, accents, ligatures and punctuation.
export function folded(text) {
  return text
    .replace(UNSEEN, "")
    .normalize("NFKD")
    .toLowerCase()
    .replace(/\p{M}/gu, "")
    .replace(/[œæøłđðþħŧıßς]/gu, (letter) => PLAIN[letter])
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}

// Whether every word that is looked for stands in the text, in any order, each perhaps a part of a longer one.
export function finds(wanted, text) {
  const found = folded(text);
  return folded(wanted)
    .split(" ")
    .every((word) => found.includes(word));
}

// A field for a list on this page: shown only where it works. What names an entry stands in its data-search.
for (const field of document.querySelectorAll("[data-search-in]")) {
  const entries = [...document.querySelector(field.dataset.searchIn).querySelectorAll("[data-search]")];
  const input = field.querySelector("input");
  const news = field.querySelector("[role=status]");
  const show = () => {
    let shown = 0;
    for (const entry of entries) {
      entry.hidden = !finds(input.value, entry.dataset.search);
      shown += !entry.hidden;
    }
    news.textContent = shown || !entries.length ? "" : news.dataset.none;
    const archive = document.querySelector(`${field.dataset.searchIn} details`);
    if (archive && folded(input.value)) archive.open = true;
  };
  field.hidden = false;
  input.addEventListener("input", show);
  // A browser that comes back to the page fills the field in again.
  show();
}
