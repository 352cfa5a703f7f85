// The times of a filter are shown and chosen in the viewer's zone, and what is sent is an instant. Without this they are
// written and read in UTC, as their labels say.
"use strict";

{
const zone = (Intl.DateTimeFormat().resolvedOptions().timeZone || "your time").replaceAll("_", " ");

const digits = (n, width = 2) => String(n).padStart(width, "0");

// localText is a time as a field has it: in the viewer's zone, without saying so.
function localText(at) {
  const day = `${digits(at.getFullYear(), 4)}-${digits(at.getMonth() + 1)}-${digits(at.getDate())}`;
  const seconds = at.getSeconds() ? `:${digits(at.getSeconds())}` : "";
  return `${day}T${digits(at.getHours())}:${digits(at.getMinutes())}${seconds}`;
}

// twin is the later one of two times that clocks show alike, since they go back between them; otherwise null.
function twin(at) {
  const later = [20, 30, 60, 120].map((minutes) => new Date(at.getTime() + minutes * 60000));
  return later.find((other) => localText(other) === localText(at)) ?? null;
}

// read returns the instant that a field's text is, and what is to be said of it. Of two that it can be, the beginning of a
// time is the first and its end the second, so that nothing in between is missed.
function read(text, end) {
  let at = new Date(text);
  if (localText(at).slice(0, 16) !== text.slice(0, 16)) {
    return { at, note: `There is no such time that day, since clocks go forward: ${localText(at).slice(11)} is meant.` };
  }
  const second = twin(at);
  if (!second) return { at, note: "" };
  if (end) at = second;
  return { at, note: `There are two such times that day, since clocks go back: the ${end ? "second" : "first"} is meant, ${at.toISOString().slice(11, 16)} in UTC.` };
}

for (const field of document.querySelectorAll("input[data-moment]")) {
  const given = field.dataset.moment; // the instant that the address has, "" for none
  const end = field.name === "to";
  field.type = "datetime-local";
  field.min = "0001-01-02T00:00";
  field.max = "9999-12-30T23:59"; // in every zone of the year 9999
  field.value = given ? localText(new Date(given)) : "";
  if (field.value.length > 16) field.step = "1";
  const shown = field.value;
  field.labels[0].querySelector("[data-zone]").textContent = zone;
  const note = document.createElement("small");
  note.setAttribute("role", "status");
  field.after(note);

  // What was not changed is sent as it came: it can be more exact than the field, or the second of two.
  const chosen = () => field.value === shown ? { at: given ? new Date(given) : null, note: "" } : field.value ? read(field.value, end) : { at: null, note: "" };
  const say = () => {
    const { at, note: text } = chosen();
    note.textContent = text;
    field.title = at ? at.toISOString() : "";
  };
  field.addEventListener("input", say);
  field.form.addEventListener("formdata", (event) => {
    const { at } = chosen();
    event.formData.set(field.name, field.value === shown ? given : at ? at.toISOString().replace(".000Z", "Z") : "");
  });
  say();
}
}
