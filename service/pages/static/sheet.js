// Keeps a page behind the wall live (live.js): puts in what changed. What is unfolded stays so, and whoever is filling in
// a form is left alone. Works without it as a plain page.
"use strict";

(() => {
  const sheet = () => document.querySelector("main");

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

  function put(next) {
    if (isBeingFilledIn()) return false;
    const unfolded = Array.from(sheet().querySelectorAll("details"), (one) => one.open);
    const focused = document.activeElement && document.activeElement.getAttribute("href");
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
    return true;
  }

  keepLive({
    address: () => location.pathname + location.search,
    put,
    pollEvery: 15000,
    pollBesideStream: 15000,
    askAtMostEvery: 1000,
    lostAfter: 40000,
    mayAsk: () => !isBeingFilledIn(),
    answered: () => {},
    ticked: () => {},
  });
})();
