"use strict";
(function () {
  var root = document.documentElement;
  root.classList.add("js");
  function all(selector, within) {
    return Array.prototype.slice.call((within || document).querySelectorAll(selector));
  }
  function dark() {
    var named = root.getAttribute("data-theme");
    return named ? named === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
  }
  document.getElementById("theme").addEventListener("click", function () {
    root.setAttribute("data-theme", dark() ? "light" : "dark");
  });

  function choose(tab) {
    all("[role=tab]", tab.parentNode).forEach(function (other) {
      var chosen = other === tab;
      other.setAttribute("aria-selected", chosen ? "true" : "false");
      other.tabIndex = chosen ? 0 : -1;
      document.getElementById(other.getAttribute("aria-controls")).hidden = !chosen;
    });
  }
  all("[role=tablist]").forEach(function (list) {
    var tabs = all("[role=tab]", list);
    choose(tabs[0]);
    list.addEventListener("click", function (event) {
      var tab = event.target.closest("[role=tab]");
      if (tab) choose(tab);
    });
    list.addEventListener("keydown", function (event) {
      var step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      var next = tabs[(tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length];
      choose(next);
      next.focus();
      event.preventDefault();
    });
  });

  function select(pre) {
    var range = document.createRange();
    range.selectNodeContents(pre);
    var selection = window.getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
  }
  all(".copy").forEach(function (button) {
    button.addEventListener("click", function () {
      var pre = button.parentNode.querySelector("pre");
      function say(text) {
        button.textContent = text;
        setTimeout(function () { button.textContent = "Copy"; }, 1600);
      }
      function byHand() {
        select(pre);
        var done = false;
        try { done = document.execCommand("copy"); } catch (error) { done = false; }
        say(done ? "Copied" : "Selected");
      }
      if (navigator.clipboard && window.isSecureContext) {
        navigator.clipboard.writeText(pre.textContent).then(function () { say("Copied"); }, byHand);
      } else {
        byHand();
      }
    });
  });

  var cards = all(".card");
  var filters = all(".filter");
  var search = document.getElementById("search");
  function filter() {
    var shown = {};
    filters.forEach(function (f) { shown[f.dataset.severity] = f.getAttribute("aria-pressed") === "true"; });
    var words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    var left = 0;
    cards.forEach(function (card) {
      var fits = shown[card.dataset.severity] && words.every(function (word) {
        return card.dataset.search.indexOf(word) >= 0;
      });
      card.hidden = !fits;
      if (fits) left += 1;
    });
    document.getElementById("nothing").hidden = left > 0;
  }
  if (search) {
    search.addEventListener("input", filter);
    filters.forEach(function (button) {
      button.addEventListener("click", function () {
        button.setAttribute("aria-pressed", button.getAttribute("aria-pressed") === "true" ? "false" : "true");
        filter();
      });
    });
    var unfold = document.getElementById("unfold");
    unfold.addEventListener("click", function () {
      var open = unfold.textContent === "Open all";
      cards.forEach(function (card) { if (!card.hidden) card.open = open; });
      unfold.textContent = open ? "Close all" : "Open all";
    });
  }

  function reveal() {
    var target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    var card = target && target.closest(".card");
    if (!card) return;
    card.hidden = false;
    card.open = true;
    target.scrollIntoView();
  }
  window.addEventListener("hashchange", reveal);
  reveal();

  var before = [];
  window.addEventListener("beforeprint", function () {
    before = cards.map(function (card) { return card.open; });
    if (cards.length <= 60) cards.forEach(function (card) { card.open = true; });
  });
  window.addEventListener("afterprint", function () {
    cards.forEach(function (card, i) { card.open = before[i]; });
  });
})();
