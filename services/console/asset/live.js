// What a page does when its stream (package live) cannot be had: the stream itself is htmx's.
"use strict";

// Who may not see the page any more is led to where to sign in, which says why.
function leave() {
  location.assign("/sign-in?ended=1&next=" + encodeURIComponent(location.pathname + location.search));
}

// The page itself says what is wrong with it. Not more than once in a while, should that be here.
function reload() {
  const last = Number(sessionStorage.getItem("reloaded"));
  if (Date.now() - last < 10000) return;
  sessionStorage.setItem("reloaded", String(Date.now()));
  location.reload();
}

function say(text) {
  const status = document.getElementById("live-status");
  if (!status || status.textContent === text) return;
  status.className = "off";
  status.textContent = text;
}

document.addEventListener("ended", (event) => { if (event.target.id === "live") leave(); });

document.addEventListener("htmx:response:error", (event) => {
  if (event.target.id !== "live") return;
  switch (event.detail.ctx.response.status) {
    case 401: leave(); break;
    case 403: case 404: case 410: reload(); break;
    case 429: say("Not live: this page is open in too many tabs. Reload it to see what is new."); break;
    default: say("Not live: Spoke cannot be reached just now. It is tried again.");
  }
});

document.addEventListener("htmx:sse:error", (event) => {
  if (event.detail.status === 401) leave();
  else say("Not live: Spoke cannot be reached just now. It is tried again.");
});
document.addEventListener("htmx:error", (event) => {
  if (event.target.id === "live") say("Not live: Spoke cannot be reached just now. It is tried again.");
});

// Who was at something that has gone with a change, such as a button that is not needed any more, is at the part that changed
// then, and not at the beginning of the page.
{
let at = null, part = null;
document.addEventListener("focusin", (event) => {
  at = event.target;
  part = at.closest("[data-keeps-focus]");
});
document.addEventListener("pointerdown", () => { part = null; }); // who points is where he points
new MutationObserver(() => {
  if (part?.isConnected && !at.isConnected && document.activeElement === document.body) part.focus();
}).observe(document.querySelector("main"), { childList: true, subtree: true });
}
