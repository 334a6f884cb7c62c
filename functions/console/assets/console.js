// What htmx does not do by itself. Every page works without this file.
"use strict";

// Moments are sent in UTC and shown in the reader's own time.
function showTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]:not([data-local])")) {
    const at = new Date(time.dateTime);
    time.dataset.local = "";
    time.title = time.textContent;
    time.textContent = at.toLocaleString(document.documentElement.lang, {dateStyle: "medium", timeStyle: "medium"});
  }
}

// A field is announced as wrong for as long as a sentence says why.
function markFields(root) {
  for (const problem of root.querySelectorAll("[data-problem-of]")) {
    const field = document.getElementById(problem.dataset.problemOf);
    if (field) field.setAttribute("aria-invalid", String(problem.textContent.trim() !== ""));
  }
}

function refresh(root) {
  showTimes(root);
  markFields(root);
}

document.addEventListener("DOMContentLoaded", () => refresh(document));
document.addEventListener("htmx:afterSettle", () => refresh(document));

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
