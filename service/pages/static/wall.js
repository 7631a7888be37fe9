// Keeps the live page live (live.js): puts in what changed and counts the seconds. Works without it as a plain page.
"use strict";

(() => {
  let serverAhead = null; // the service's clock less ours in milliseconds, once it was heard

  const wall = () => document.getElementById("wall");

  function address() {
    const url = new URL(location.href);
    url.searchParams.set("fragment", "1");
    url.hash = "";
    return url;
  }

  function put(next) {
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
    return true;
  }

  function figuresOf(parent) {
    return new Map(Array.from(parent.querySelectorAll("[data-figure]"), (e) => [e.dataset.figure, e.textContent]));
  }

  function answered(response) {
    const now = Number(response.headers.get("Techscore-Now"));
    if (now) serverAhead = now - Date.now();
  }

  function ticked() {
    for (const element of serverAhead === null ? [] : wall().querySelectorAll("[data-age-from]")) {
      const from = Number(element.dataset.ageFrom);
      if (from) element.textContent = `${span(Date.now() + serverAhead - from)} ago`;
    }
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

  const ask = keepLive({
    address,
    put,
    pollEvery: 2000,
    pollBesideStream: 6000, // what no version tells: that figures grew stale, or the worker silent
    askAtMostEvery: 500,
    lostAfter: 10000,
    mayAsk: () => true,
    answered,
    ticked,
  });
  ask(); // tells the service's clock
})();
