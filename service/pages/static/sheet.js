// Keeps a page behind the wall live: when the figures move it asks for itself again and puts in what changed.
// Whoever is filling in a form is left alone. No library, no inline code; works without it as a plain page.
"use strict";

(() => {
  const ASK_AT_MOST_EVERY_MS = 1000;
  const POLL_MS = 15000; // what no version tells: that figures grew stale
  const LOST_AFTER_MS = 40000;
  const ANSWER_WITHIN_MS = 8000;

  const connection = document.getElementById("connection");
  let etag = "";
  let heardAt = Date.now();
  let heardTick = performance.now();
  let askedTick = performance.now(); // the page itself was an answer
  let asking = false;
  let soon = 0;
  let stream = null;

  const sheet = () => document.querySelector("main");

  async function ask() {
    if (document.hidden || asking || isBeingFilledIn()) return;
    asking = true;
    askedTick = performance.now();
    try {
      const headers = etag ? { "If-None-Match": etag } : {};
      const address = location.pathname + location.search;
      const response = await fetch(address, { headers, cache: "no-store", signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
      if (response.status === 401 || response.redirected) {
        location.reload(); // the token is no longer good: the service leads to its login
        return;
      }
      if (response.status >= 500) throw new Error(`status ${response.status}`);
      if (response.status === 200) {
        put(await response.text());
        etag = response.headers.get("ETag") || "";
      }
      heardAt = Date.now();
      heardTick = performance.now();
    } catch {
      // Said by tick(), once it has lasted.
    } finally {
      asking = false;
      tick();
    }
  }

  function isBeingFilledIn() {
    const isChanged = (field) => field.type !== "hidden" && field.value !== field.defaultValue;
    const isChosen = ({ options, value }) =>
      options.length > 0 && value !== (Array.from(options).find((one) => one.defaultSelected) || options[0]).value;
    return (
      sheet().querySelector("form:focus-within") !== null ||
      Array.from(sheet().querySelectorAll("form input, form textarea")).some(isChanged) ||
      Array.from(sheet().querySelectorAll("form select")).some(isChosen)
    );
  }

  function put(html) {
    const next = new DOMParser().parseFromString(html, "text/html").querySelector("main");
    if (!next || isBeingFilledIn()) return;
    if (next.dataset.assets !== sheet().dataset.assets) {
      location.reload(); // a new release: its markup wants its own style and script
      return;
    }
    const focused = document.activeElement && document.activeElement.getAttribute("href");
    const unfolded = Array.from(sheet().querySelectorAll("details"), (one) => one.open);
    const shown = Array.from(sheet().children);
    const parts = Array.from(next.children);
    if (shown.length !== parts.length) {
      sheet().replaceWith(next);
    } else {
      parts.forEach((part, place) => {
        if (shown[place].outerHTML !== part.outerHTML) shown[place].replaceWith(part);
      });
    }
    sheet().querySelectorAll("details").forEach((one, place) => {
      if (unfolded[place]) one.open = true;
    });
    if (focused && document.activeElement === document.body) {
      const same = Array.from(sheet().querySelectorAll("a[href]")).find((link) => link.getAttribute("href") === focused);
      if (same) same.focus({ preventScroll: true });
    }
  }

  function tick() {
    const lost = performance.now() - heardTick > LOST_AFTER_MS && !document.hidden;
    connection.textContent = lost
      ? `■ No connection to Techscore since ${new Date(heardAt).toLocaleTimeString()}. What you see is old.`
      : "";
    connection.hidden = !lost;
    document.documentElement.dataset.connection = lost ? "lost" : "";
  }

  function heard() {
    if (soon) return;
    soon = setTimeout(() => {
      soon = 0;
      ask();
    }, Math.max(0, askedTick + ASK_AT_MOST_EVERY_MS - performance.now()));
  }

  function listen() {
    if (document.hidden || (stream !== null && stream.readyState !== EventSource.CLOSED)) return;
    stream = new EventSource("/api/v1/stream");
    stream.addEventListener("version", heard);
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      if (stream !== null) stream.close(); // a page nobody looks at takes nobody's place
      return;
    }
    listen();
    heardTick = performance.now(); // a page nobody looked at has not lost its connection
    ask();
  });
  setInterval(ask, POLL_MS);
  setInterval(tick, 1000);
  setInterval(listen, 30000);
  listen();
})();
