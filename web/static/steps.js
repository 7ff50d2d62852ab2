// The registration form a step at a time. Without this the steps stand one under the other: nothing is lost, and what is
// typed stays in one form. A step is an address (#step-2), so that the browser's own buttons go back and forth.

const form = document.querySelector("form.registration[data-check]");
const steps = [...form.querySelectorAll("[data-step]")];
const links = [...form.querySelectorAll(".form-steps a")];
const last = steps.length - 1;
let current = 0;

form.classList.add("in-steps");
for (const one of form.querySelectorAll(".step-actions, .step-back")) one.hidden = false;

const number = (element) => steps.indexOf(element?.closest("[data-step]"));
// A group of boxes is named by its fieldset; what can be typed into is inside.
const entry = (element) => (element.matches("input, textarea, select") ? element : element.querySelector("input, textarea, select, summary"));

// `known`: what the server has just said of the form as it stands.
function show(step, known = null) {
  current = step;
  steps.forEach((one, n) => one.classList.toggle("current", n === step));
  links.forEach((one, n) => {
    if (n === step) one.setAttribute("aria-current", "step");
    else one.removeAttribute("aria-current");
    one.parentElement.classList.toggle("done", n < step);
  });
  // What a draft holds was typed when nobody asked.
  const typed = [...steps[step].querySelectorAll("[data-line], #project")].filter((one) => one.value);
  if (step !== last && !typed.length) return;
  const tell = (answer) => {
    if (!answer) return;
    if (step === last) readAgain(answer);
    typed.forEach((one) => tellCoach(answer, one.id));
  };
  // At once where it is known: what comes in later pushes away what one is about to press.
  if (known) tell(known);
  else ask().then(tell);
}

function follow(focus, known) {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const found = number(target);
  show(Math.max(found, 0), known);
  if (!focus) return;
  if (found >= 0 && target !== steps[found]) {
    const category = target.closest("details");
    if (category) category.open = true;
    (entry(target) ?? target).focus();
  } else {
    steps[current].querySelector("legend").focus({ preventScroll: true });
    form.scrollIntoView({ block: "start" });
  }
}

// The address alone: where the browser goes to a fragment by itself, it takes the focus away again a frame later.
function go(hash, known) {
  history.pushState(null, "", hash);
  follow(true, known);
}

// What the server says of the form as it stands; nothing where it cannot be asked, and then nobody is held up.
async function ask() {
  const values = new FormData(form);
  try {
    const answer = await fetch(form.dataset.check, { method: "POST", body: values, headers: { Accept: "application/json" } });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

function readAgain(answer) {
  form.querySelector("[data-read]").innerHTML = answer.read;
}

function tellCoach(answer, id) {
  const place = document.getElementById(`${id}-coach`);
  if (place) place.textContent = answer.asks[id] ?? "";
}

function forgetFaults(step) {
  for (const one of step.querySelectorAll(".error-text, .step-faults")) one.remove();
  for (const one of step.querySelectorAll(".has-error")) one.classList.remove("has-error");
  for (const one of step.querySelectorAll("[aria-invalid]")) one.removeAttribute("aria-invalid");
}

function tellFault({ field, message }) {
  const element = document.getElementById(field);
  const group = element.matches("fieldset") ? element : element.closest(".field");
  const said = Object.assign(document.createElement("p"), { className: "error-text", id: `${field}-error`, textContent: message });
  (group.querySelector(":scope > .hint") ?? group.querySelector(":scope > label, :scope > legend")).after(said);
  group.classList.add("has-error");
  if (element !== group) element.setAttribute("aria-invalid", "true");
  const described = (element.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id && id !== said.id);
  element.setAttribute("aria-describedby", [...described, said.id].join(" "));
}

function summary(faults) {
  const box = Object.assign(document.createElement("div"), { className: "notice error step-faults", tabIndex: -1 });
  const list = document.createElement("ul");
  for (const { field, label, message } of faults) {
    const link = Object.assign(document.createElement("a"), { href: `#${field}`, textContent: label });
    const item = document.createElement("li");
    item.append(link, form.dataset.colon, message);
    list.append(item);
  }
  box.append(Object.assign(document.createElement("p"), { textContent: form.dataset.faults }), list);
  return box;
}

async function forward() {
  const from = current;
  const answer = await ask();
  if (current !== from) return;
  const faults = (answer?.faults ?? []).filter(({ field }) => number(document.getElementById(field)) === from);
  forgetFaults(steps[from]);
  if (!faults.length) {
    go(`#step-${from + 2}`, answer);
    return;
  }
  faults.forEach(tellFault);
  const box = summary(faults);
  steps[from].querySelector("legend").after(box);
  box.focus();
}

// Before the form is sent, Enter and the button of a step lead to the next one.
form.addEventListener("submit", (event) => {
  if (current === last || event.submitter?.hasAttribute("formaction")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  forward();
}, { capture: true });

form.addEventListener("change", async ({ target }) => {
  if (!target.matches("[data-line], #project")) return;
  const answer = await ask();
  if (answer) tellCoach(answer, target.id);
});

// Examples suit who one is.
const kinds = form.querySelectorAll("input[name=kind]");
function suitExamples() {
  const kind = form.querySelector("input[name=kind]:checked")?.value === "company" ? "company" : "association";
  for (const one of form.querySelectorAll("[data-example-of]")) one.hidden = one.dataset.exampleOf !== kind;
  for (const category of form.querySelectorAll(`details[data-${kind}]`)) {
    for (const line of category.querySelectorAll("[data-line]")) line.placeholder = category.dataset[kind];
  }
}
for (const one of kinds) one.addEventListener("change", suitExamples);
suitExamples();

form.addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="#step-"]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  go(link.hash);
});

// Back and forth by the browser's own buttons, and to a fault: after what the browser does of itself.
window.addEventListener("hashchange", () => requestAnimationFrame(() => follow(true)));
window.addEventListener("popstate", () => requestAnimationFrame(() => follow(true)));
const fault = form.querySelector(".error-text");
if (fault && !location.hash) show(number(fault));
else follow(false);
