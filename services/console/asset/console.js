// What makes the console's pages livelier. Nothing here is needed to use them.
"use strict";

// Times are written in UTC, and shown in the viewer's zone; "3 minutes ago" goes on counting, by the server's clock: the
// viewer's may be wrong.
const ahead = Date.parse(document.body.dataset.now) - Date.now() || 0;
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const units = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

function sinceText(at) {
  const seconds = (at - Date.now() - ahead) / 1000;
  if (Math.abs(seconds) < 5) return "just now";
  const [unit, length] = units.find(([, length]) => Math.abs(seconds) >= length);
  return relative.format(Math.trunc(seconds / length), unit);
}

function showTimes(root) {
  for (const element of root.querySelectorAll("time[datetime]")) {
    const at = new Date(element.dateTime);
    if (isNaN(at)) continue;
    const text = element.dataset.form === "ago" ? sinceText(at) : exact.format(at);
    if (element.textContent !== text) element.textContent = text;
    element.title = element.dataset.form === "ago" ? exact.format(at) : at.toISOString();
  }
}

// What has happened, for a screen reader.
const announcement = document.createElement("p");
announcement.className = "visually-hidden";
announcement.setAttribute("role", "status");
document.body.append(announcement);
let announced;

function announce(text) {
  clearTimeout(announced);
  announcement.textContent = text;
  announced = setTimeout(() => { announcement.textContent = ""; }, 2000); // nobody is to come upon it later
}

// What a page has to say at its beginning was there before a screen reader listened. What a search has found is told in
// short: all of it would be read anew with each letter.
const notice = document.querySelector(".notice[role=status]"); // an alert is told by itself
if (notice) setTimeout(() => { announcement.textContent = notice.textContent.replace(/\s+/g, " ").trim(); }, 500);
document.addEventListener("htmx:after:swap", () => {
  const found = document.querySelector("#results [data-says]");
  if (found) announce(found.dataset.says);
});

// A copy button says that it did: by its text to the eye, and by its name and an announcement to a screen reader. However
// often it is clicked, it is what it was two seconds after the last time.
const copying = new WeakMap();

function says(button, text, label) {
  const was = copying.get(button) ?? { text: button.textContent, label: button.ariaLabel };
  clearTimeout(was.timer);
  button.textContent = text;
  if (was.label) button.ariaLabel = label(was.label);
  announce(button.ariaLabel ?? text);
  was.timer = setTimeout(() => {
    button.textContent = was.text;
    button.ariaLabel = was.label;
    copying.delete(button);
  }, 2000);
  copying.set(button, was);
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    says(button, "Copied", (label) => label.replace(/^Copy/, "Copied"));
  } catch {
    says(button, "Select and copy it", (label) => label.replace(/^Copy/, "Select and copy it:"));
  }
});

// A search that got no answer leaves the list as it was. It says so, until one gets an answer.
function answered(form, is) {
  if (!form.matches("form[role=search]")) return;
  let note = form.querySelector("[data-unanswered]");
  if (is) return note?.remove();
  if (note) return;
  note = document.createElement("p");
  note.className = "reason warning";
  note.dataset.unanswered = "";
  note.setAttribute("role", "alert");
  note.textContent = "Not searched: Spoke cannot be reached just now. The list is the one from before. Search again in a minute.";
  form.append(note);
}
document.addEventListener("htmx:after:request", (event) => answered(event.target, event.detail.ctx.response.status < 500));
document.addEventListener("htmx:error", (event) => answered(event.target, false));

// A form that makes something once is sent once, however often its button is clicked, until the page is shown anew.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.elements.namedItem("once")) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
// A form that only carries on is sent by itself; without this there is its button.
for (const form of document.querySelectorAll("form[data-submit]")) form.submit();

// On a narrow screen the places are in rows that scroll.
const here = document.querySelector(".side [aria-current]");
if (here) here.closest("ul").scrollLeft = here.offsetLeft - 80;

showTimes(document);
setInterval(() => showTimes(document), 10000);
// What arrives later has times, too.
new MutationObserver(() => showTimes(document)).observe(document.body, { childList: true, characterData: true, subtree: true });
