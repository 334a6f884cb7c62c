// What htmx does not do by itself. Every page works without this file.
"use strict";

// Moments are sent in UTC and shown in the reader's own time.
function showTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]:not([data-local])")) {
    const at = new Date(time.dateTime);
    time.dataset.local = "";
    time.title = time.textContent;
    const brief = {month: "short", day: "numeric", hour: "2-digit", minute: "2-digit"};
    time.textContent = at.toLocaleString(document.documentElement.lang, "brief" in time.dataset ? brief : {dateStyle: "medium", timeStyle: "medium"});
  }
}

// A field is announced as wrong for as long as a sentence says why.
function markFields(root) {
  for (const problem of root.querySelectorAll("[data-problem-of]")) {
    const field = document.getElementById(problem.dataset.problemOf);
    if (field) field.setAttribute("aria-invalid", String(problem.textContent.trim() !== ""));
  }
}

// Moments in forms are likewise sent in UTC and written in the reader's own time.
const inForm = (moment, minutes) => new Date(moment - minutes * 60000).toISOString().slice(0, 19);
function localMoments(root) {
  for (const input of root.querySelectorAll("input[data-moment]:not([data-local])")) {
    input.dataset.local = "";
    const at = new Date(input.value + "Z");
    if (input.value) input.value = inForm(at, at.getTimezoneOffset());
  }
  for (const hint of root.querySelectorAll("[data-utc]")) hint.hidden = true;
}
document.addEventListener("formdata", (event) => {
  for (const input of event.target.querySelectorAll("input[data-local]")) {
    if (input.value) event.formData.set(input.name, inForm(new Date(input.value), 0));
  }
  if (!event.target.matches("[role=search]")) return;
  for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
});

// A row of the log opens below itself, and closes by the same link.
document.addEventListener("htmx:beforeRequest", (event) => {
  const link = event.target;
  if (!link.matches(".opener[aria-expanded=true]")) return;
  event.preventDefault();
  link.setAttribute("aria-expanded", "false");
  document.getElementById(link.getAttribute("aria-controls")).replaceChildren();
});
document.addEventListener("htmx:afterSwap", (event) => {
  const link = event.detail.requestConfig.elt;
  if (link.matches(".opener")) link.setAttribute("aria-expanded", "true");
});
// One that is open or in use stays, though it left the page.
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const row = event.detail.target;
  const leaves = row.tagName === "TBODY" && !event.detail.fragment.childElementCount;
  if (leaves && (row.contains(document.activeElement) || row.querySelector(".opener[aria-expanded=true]"))) event.detail.shouldSwap = false;
});

// Buttons that copy a text are of use only where a script may.
function showCopies(root) {
  if (!navigator.clipboard) return;
  for (const button of root.querySelectorAll("button[data-copy][hidden]")) button.hidden = false;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
  button.textContent = button.dataset.copied;
});

function refresh(root) {
  showTimes(root);
  localMoments(root);
  showCopies(root);
  markFields(root);
}

document.addEventListener("DOMContentLoaded", () => refresh(document));
document.addEventListener("htmx:afterSettle", () => refresh(document));

// What is asked for again and again is swapped only when it has changed, so that a
// selection stays and a screen reader keeps its place.
const answers = new Map();
document.addEventListener("htmx:beforeSwap", (event) => {
  const {target, xhr} = event.detail;
  if (!("live" in target.dataset)) return;
  if (answers.get(target.id) === xhr.responseText) event.detail.shouldSwap = false;
  answers.set(target.id, xhr.responseText);
});

const offline = (hidden) => { document.getElementById("offline").hidden = hidden; };
document.addEventListener("htmx:sendError", () => offline(false));
document.addEventListener("htmx:afterOnLoad", () => offline(true));

// A menu closes when something else is used, and by Escape.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest?.("details.menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
