// While a timetable is computed: tell screen readers what is new, at most every five seconds, and never the same twice.
const news = document.getElementById("job-news");
let told = "";
let toldAt = 0;

document.addEventListener("htmx:afterSwap", () => {
  const sentence = document.querySelector("[data-announce]")?.dataset.announce ?? "";
  const now = Date.now();
  if (news && sentence && sentence !== told && now - toldAt > 5000) {
    news.textContent = sentence;
    told = sentence;
    toldAt = now;
  }
});
