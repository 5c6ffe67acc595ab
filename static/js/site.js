// Small comforts on every page. Nothing here is needed to use the product.
"use strict";

// Menus are <details>: close them on Escape (focus goes back) and on a click elsewhere.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    const hadFocus = menu.contains(document.activeElement);
    menu.open = false;
    if (hadFocus) menu.querySelector("summary").focus();
  }
});
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// On narrow screens the main navigation scrolls: bring the current entry into view.
const nav = document.querySelector(".site-nav");
const current = nav?.querySelector("[aria-current]");
if (current && nav.scrollWidth > nav.clientWidth) {
  nav.scrollLeft = current.offsetLeft - (nav.clientWidth - current.offsetWidth) / 2;
}

// After a refused form the summary of errors takes focus, so that it is read out first.
const summary = document.querySelector(".error-summary");
if (summary) {
  summary.tabIndex = -1;
  summary.focus();
}

// A second click on a button that already sends its form does nothing.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  setTimeout(() => delete form.dataset.sent, 4000);
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// htmx: say in words that a request failed, unless the page handles it itself (data-own-errors).
function sayProblem(event, words) {
  if (event.detail.elt.closest("[data-own-errors]")) return;
  document.querySelector(".request-problem")?.remove();
  const box = document.createElement("p");
  box.className = "request-problem";
  box.setAttribute("role", "alert");
  box.textContent = words;
  document.body.append(box);
  setTimeout(() => box.remove(), 12000);
}
document.addEventListener("htmx:sendError", (event) => {
  sayProblem(event, "The server cannot be reached. Check your connection and try again.");
});
document.addEventListener("htmx:responseError", (event) => {
  sayProblem(event, "That did not work. Reload the page and try again.");
});

// <button data-copy="#id"> copies the text or value of an element.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.querySelector(button.dataset.copy);
  await navigator.clipboard.writeText(source.value ?? source.textContent.trim());
  const label = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = label; }, 2000);
});

// <button data-print> prints the page.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
