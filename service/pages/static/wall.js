// Keeps the live page live: asks for it again, puts in what changed, counts the seconds, and says so when it
// can no longer reach the service. No library, no inline code; works without it as a plain page.
"use strict";

(() => {
  const POLL_MS = 2000;
  const POLL_BESIDE_STREAM_MS = 6000; // what no version tells: that figures grew stale, or the worker silent
  const ASK_AT_MOST_EVERY_MS = 500;
  const LOST_AFTER_MS = 10000;
  const ANSWER_WITHIN_MS = 8000;
  const RELOAD_AT_MOST_EVERY_MS = 60000;

  const connection = document.getElementById("connection");
  let etag = "";
  let serverAhead = null; // the service's clock less ours in milliseconds, once it was heard
  let heardAt = Date.now();
  let heardTick = performance.now();
  let asking = false;
  let again = false;
  let askedTick = -Infinity;
  let stream = null;
  let soon = 0;

  const wall = () => document.getElementById("wall");

  // --- the one place where "something may have changed" arrives, whoever says so (the stream, or a timer) ---
  async function changed() {
    if (document.hidden) return;
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    askedTick = performance.now();
    try {
      const url = new URL(location.href);
      url.searchParams.set("fragment", "1");
      url.hash = "";
      const headers = etag ? { "If-None-Match": etag } : {};
      const response = await fetch(url, { headers, cache: "no-store", signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
      if (response.status === 401) {
        location.reload(); // the token is no longer good: the service leads to its login
        return;
      }
      if (response.status >= 500) throw new Error(`status ${response.status}`);
      if (response.status !== 304) {
        put(await response.text());
        etag = response.headers.get("ETag") || "";
      }
      const now = Number(response.headers.get("Techscore-Now"));
      if (now) serverAhead = now - Date.now();
      heardAt = Date.now();
      heardTick = performance.now();
    } catch {
      // Said by tick(), once it has lasted.
    } finally {
      asking = false;
      tick();
      if (again) {
        again = false;
        heard();
      }
    }
  }

  function put(html) {
    const next = new DOMParser().parseFromString(html, "text/html").getElementById("wall");
    if (!next) return;
    if (next.dataset.assets !== document.body.dataset.assets && performance.now() > RELOAD_AT_MOST_EVERY_MS) {
      location.reload(); // a new release: its markup wants its own style and script
      return;
    }
    const old = wall();
    const figures = figuresOf(old);
    const focused = document.activeElement && document.activeElement.id;
    old.dataset.condition = next.dataset.condition;
    old.className = next.className;
    const ids = (parent) => Array.from(parent.children, (child) => child.id).join();
    if (ids(old) === ids(next)) {
      for (const part of Array.from(next.children)) {
        const shown = document.getElementById(part.id);
        if (shown.outerHTML !== part.outerHTML) shown.replaceWith(part);
      }
    } else {
      old.replaceWith(next);
    }
    if (focused && document.getElementById(focused)) document.getElementById(focused).focus({ preventScroll: true });
    for (const element of wall().querySelectorAll("[data-figure]")) {
      const before = figures.get(element.dataset.figure);
      if (before !== undefined && before !== element.textContent) element.classList.add("moved");
    }
  }

  function figuresOf(parent) {
    return new Map(Array.from(parent.querySelectorAll("[data-figure]"), (e) => [e.dataset.figure, e.textContent]));
  }

  function tick() {
    for (const element of serverAhead === null ? [] : wall().querySelectorAll("[data-age-from]")) {
      const from = Number(element.dataset.ageFrom);
      if (from) element.textContent = `${span(Date.now() + serverAhead - from)} ago`;
    }
    const lost = performance.now() - heardTick > LOST_AFTER_MS && !document.hidden;
    if (lost === (document.documentElement.dataset.connection === "lost")) return;
    document.documentElement.dataset.connection = lost ? "lost" : "";
    const at = new Date(heardAt).toLocaleTimeString();
    connection.textContent = lost ? `■ No connection to Techscore since ${at}. What you see is old.` : "";
    connection.hidden = !lost;
  }

  // As service/pages/words.py says it.
  function span(milliseconds) {
    const seconds = Math.max(0, Math.floor(milliseconds / 1000));
    if (seconds < 60) return `${seconds} s`;
    const minutes = Math.floor(seconds / 60);
    if (minutes < 60) return `${minutes} min`;
    const hours = Math.floor(minutes / 60);
    if (hours < 24) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
    return hours % 24 && hours < 240 ? `${Math.floor(hours / 24)} d ${hours % 24} h` : `${Math.floor(hours / 24)} d`;
  }

  const streaming = () => stream !== null && stream.readyState === EventSource.OPEN;

  // On a busy desk versions come ten times a second; nobody reads that fast.
  function heard() {
    if (soon) return;
    const wait = Math.max(0, askedTick + ASK_AT_MOST_EVERY_MS - performance.now());
    soon = setTimeout(() => {
      soon = 0;
      changed();
    }, wait);
  }

  // The browser reconnects by itself and says what it saw last; refused for good (503, 401), it is tried anew later.
  function listen() {
    if (document.hidden || (stream !== null && stream.readyState !== EventSource.CLOSED)) return;
    stream = new EventSource("/api/v1/stream");
    stream.addEventListener("version", heard);
  }

  function poll() {
    const wait = streaming() ? POLL_BESIDE_STREAM_MS : POLL_MS;
    if (performance.now() - askedTick >= wait - 100) changed();
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      if (stream !== null) stream.close(); // a page nobody looks at takes nobody's place
      return;
    }
    listen();
    heardTick = performance.now(); // a page nobody looked at has not lost its connection
    changed();
  });
  setInterval(poll, POLL_MS);
  setInterval(tick, 1000);
  setInterval(listen, 30000);
  listen();
  changed();
})();
