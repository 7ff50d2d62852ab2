// Answers that come later: tell screen readers that they are there.
const news = document.getElementById("answers-news");

document.addEventListener("htmx:afterSwap", (event) => {
  const sentence = event.detail.target.querySelector("[data-announce]")?.dataset.announce;
  if (news && sentence) {
    news.textContent = sentence;
  }
});
