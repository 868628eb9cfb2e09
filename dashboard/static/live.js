// Swaps the parts of a unit's page that the server says have changed. Without it the page is whole, only still.
"use strict";

(() => {
  const main = document.querySelector("[data-live]");
  if (!main || !window.EventSource) return;
  const badge = document.getElementById("live-state");
  const spoken = document.getElementById("live-news");
  const SPEAK_EVERY_MS = 30000;
  let spokenAt = Date.now();
  let waiting = null;

  function say(state) {
    badge.hidden = false;
    badge.dataset.state = state;
    badge.textContent = badge.dataset[state];
  }

  // A screen reader hears the figures at most every half minute, not at each tap.
  function speak() {
    waiting = null;
    spokenAt = Date.now();
    const news = document.querySelector("#today [data-news]");
    if (news) spoken.textContent = news.dataset.news;
  }

  function swap(id, html) {
    const old = document.getElementById(id);
    if (!old) return;
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    if (id === "days") {
      old.replaceChildren(fresh.content);
    } else if (fresh.content.firstElementChild && fresh.content.firstElementChild.outerHTML !== old.outerHTML) {
      if (old.contains(document.activeElement)) return;
      const open = old.querySelector("details[open]");
      old.replaceWith(fresh.content);
      if (open) document.getElementById(id).querySelector("details")?.setAttribute("open", "");
    }
  }

  const source = new EventSource(main.dataset.live);
  source.addEventListener("open", () => say("on"));
  source.addEventListener("error", () => say(source.readyState === EventSource.CLOSED ? "ended" : "off"));
  source.addEventListener("parts", (event) => {
    const before = document.getElementById("today").textContent;
    for (const [id, html] of Object.entries(JSON.parse(event.data))) swap(id, html);
    if (document.getElementById("today").textContent === before) return;
    waiting ??= setTimeout(speak, Math.max(0, spokenAt + SPEAK_EVERY_MS - Date.now()));
  });
  addEventListener("pageshow", (event) => event.persisted && location.reload());
})();
