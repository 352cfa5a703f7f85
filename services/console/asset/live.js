// What a page does when its stream (package live) cannot be had: the stream itself is htmx's.
"use strict";

// Who may not see the page any more is led to where to sign in. Not more than once in a while, should that be here.
function leave() {
  const last = Number(sessionStorage.getItem("left"));
  if (Date.now() - last < 10000) return;
  sessionStorage.setItem("left", String(Date.now()));
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
    case 401: case 403: case 404: case 410: leave(); break;
    case 429: say("Not live: this page is open in too many tabs. Reload it to see what is new."); break;
    default: say("Not live: Spoke cannot be reached just now. It is tried again.");
  }
});

document.addEventListener("htmx:sse:error", (event) => {
  if (event.detail.status === 401 || event.detail.status === 403) leave();
  else say("Not live: Spoke cannot be reached just now. It is tried again.");
});
document.addEventListener("htmx:error", (event) => {
  if (event.target.id === "live") say("Not live: Spoke cannot be reached just now. It is tried again.");
});
