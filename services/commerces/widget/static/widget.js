// The list of a commune's shops in a page of its own site (docs/widget.md).
// It shows the page that the server writes, in a shadow tree that the site's styles do not reach.
(() => {
  "use strict";
  const NAME = "commerces-a-domicile";
  const OURS = /\/widget\.js(\?|$)/;
  // A module has no current script, and runs once however many ask for it.
  const scripts = document.currentScript
    ? [document.currentScript]
    : [...document.querySelectorAll("script[data-commune]")].filter((one) => OURS.test(one.src));
  if (!scripts.length) return;
  const base = new URL("widget/", scripts[0].src);
  const asked = { credentials: "omit", referrerPolicy: "no-referrer" };
  // Milliseconds; a browser would wait for minutes, and show nothing meanwhile.
  const PATIENCE = 20000; // without « _ », which older browsers cannot read

  const text = async (url, options) => {
    const signal = AbortSignal.timeout(PATIENCE);
    const answer = await fetch(url, { ...asked, ...options, signal });
    return answer.text();
  };

  class Widget extends HTMLElement {
    connectedCallback() {
      if (this.shadowRoot) return;
      const root = this.attachShadow({ mode: "open" });
      this.lang = "fr";
      this.told = document.createElement("p");
      this.told.className = "lecteur";
      this.told.setAttribute("role", "status");
      this.place = document.createElement("div");
      this.place.className = "widget";
      this.place.textContent = "Chargement des commerces…";
      root.append(this.told, this.place);
      root.addEventListener("submit", (event) => this.filter(event));
      root.addEventListener("click", (event) => this.follow(event));
      const url = new URL(encodeURIComponent((this.getAttribute("commune") || "").trim()), base);
      url.searchParams.set("niveau", this.getAttribute("niveau") || "2");
      if (this.hasAttribute("couleur")) url.searchParams.set("couleur", this.getAttribute("couleur"));
      this.show(url, false);
    }

    filter(event) {
      event.preventDefault();
      const values = [...new FormData(event.target)].filter(([, value]) => value !== "");
      this.show(new URL(`?${new URLSearchParams(values)}`, this.url), true);
    }

    follow(event) {
      const link = event.target.closest("a[data-page]");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.show(new URL(link.href), true);
    }

    // The last question asked is the one whose answer is shown.
    async show(url, moves) {
      const turn = (this.turn = (this.turn || 0) + 1);
      this.url = url;
      this.place.setAttribute("aria-busy", "true");
      try {
        const page = new DOMParser().parseFromString(await text(url), "text/html");
        await this.dress(page.querySelector("link[rel=stylesheet]"), url);
        if (turn === this.turn) this.fill(page, url, moves);
      } catch {
        if (turn === this.turn) this.fail(url);
      }
      if (turn === this.turn) this.place.removeAttribute("aria-busy");
    }

    async dress(link, url) {
      if (this.dressed) return;
      const sheet = new CSSStyleSheet();
      const href = new URL(link.getAttribute("href"), url);
      sheet.replaceSync(await text(href, { integrity: link.integrity }));
      this.shadowRoot.adoptedStyleSheets = [sheet];
      this.dressed = true;
    }

    fill(page, url, moves) {
      const main = page.querySelector("main");
      for (const link of main.querySelectorAll("a")) {
        link.href = new URL(link.getAttribute("href"), url);
      }
      this.place.replaceChildren(...main.childNodes);
      const results = this.shadowRoot.getElementById("resultats");
      if (results && moves) {
        results.focus();
        this.told.textContent = results.textContent;
      }
    }

    fail(url) {
      const told = document.createElement("p");
      const link = document.createElement("a");
      link.href = url;
      link.textContent = "Voir la liste des commerces sur le site de l’annuaire";
      told.append("La liste n’a pas pu être affichée ici. ", link, ".");
      this.place.replaceChildren(told);
      this.told.textContent = "La liste n’a pas pu être affichée.";
    }
  }

  if (!customElements.get(NAME)) customElements.define(NAME, Widget);
  for (const script of scripts.filter((one) => one.dataset.commune)) {
    const element = document.createElement(NAME);
    for (const [name, value] of Object.entries(script.dataset)) element.setAttribute(name, value);
    script.after(element);
  }
})();
