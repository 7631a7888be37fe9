// What keeps a page live, whichever it is: when the figures move (the stream says so, or a timer) the page is asked for
// again, and when nobody answers for long that is said. No library, no inline code. For wall.js and sheet.js.
"use strict";

// address(): what to ask for; put(main): show what changed in the page's <main>, false when it was not shown;
// mayAsk(): false while that would disturb; answered(response), ticked(): more to do then. All times in milliseconds.
// Gives the function that asks now.
const keepLive = ({ address, put, pollEvery, pollBesideStream, askAtMostEvery, lostAfter, mayAsk, answered, ticked }) => {
  const TICK_EVERY = 1000;
  const LISTEN_EVERY = 30000;
  const ANSWER_WITHIN = 8000;
  const RELOAD_AT_MOST_EVERY = 60000;

  const connection = document.getElementById("connection");
  let etag = "";
  let heardAt = Date.now();
  let heardTick = performance.now(); // the page itself was an answer
  let askedTick = performance.now();
  let asking = false;
  let again = false;
  let stream = null;
  let soon = 0;

  // --- the one place where "something may have changed" arrives, whoever says so (the stream, or a timer) ---
  async function changed() {
    if (document.hidden || !mayAsk()) return;
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    askedTick = performance.now();
    try {
      const headers = etag ? { "If-None-Match": etag } : {};
      const response = await fetch(address(), { headers, cache: "no-store", signal: AbortSignal.timeout(ANSWER_WITHIN) });
      if (response.status === 401 || response.redirected) {
        location.reload(); // the token is no longer good: the service leads to its login
        return;
      }
      if (response.status >= 500) throw new Error(`status ${response.status}`);
      if (response.status !== 304) {
        etag = show(await response.text()) ? response.headers.get("ETag") || "" : "";
      }
      answered(response);
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

  function show(html) {
    const main = new DOMParser().parseFromString(html, "text/html").querySelector("main");
    if (!main) return false;
    if (main.dataset.assets !== document.body.dataset.assets && performance.now() > RELOAD_AT_MOST_EVERY) {
      location.reload(); // a new release: its markup wants its own style and script
      return false;
    }
    return put(main);
  }

  function tick() {
    ticked();
    const lost = performance.now() - heardTick > lostAfter && !document.hidden;
    if (lost === (document.documentElement.dataset.connection === "lost")) return;
    document.documentElement.dataset.connection = lost ? "lost" : "";
    const at = new Date(heardAt).toLocaleTimeString();
    connection.textContent = lost ? `■ No connection to Techscore since ${at}. What you see is old.` : "";
    connection.hidden = !lost;
  }

  // On a busy desk versions come ten times a second; nobody reads that fast.
  function heard() {
    if (soon) return;
    const wait = Math.max(0, askedTick + askAtMostEvery - performance.now());
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
    const streaming = stream !== null && stream.readyState === EventSource.OPEN;
    if (performance.now() - askedTick >= (streaming ? pollBesideStream : pollEvery) - 100) changed();
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
  setInterval(poll, pollEvery);
  setInterval(tick, TICK_EVERY);
  setInterval(listen, LISTEN_EVERY);
  listen();
  return changed;
};
