// What the merchants' pages share: asking the API, and telling what it refuses beside the fields.

document.querySelector("[data-patience]").remove();

// Refusals that the page finds by itself: a list of { champ, detail }.
export class Refus extends Error {
  constructor(erreurs) {
    super(erreurs.map((one) => one.detail).join(" "));
    this.erreurs = erreurs;
  }
}

const SANS_ACCES = 401;
const FINI = "Votre accès a pris fin : il dure trente jours au plus. Recevez un nouveau lien.";

// What the API answered, when it is no success: its problem (RFC 9457) and its status.
class Probleme extends Error {
  constructor(status, probleme) {
    super(status === SANS_ACCES ? FINI : probleme.detail || "Le service ne répond pas comme prévu.");
    this.status = status;
    this.erreurs = probleme.erreurs || [];
  }
}

// Ask the API; `corps` is sent as JSON. The answer's JSON and its ETag.
export async function demander(chemin, { methode = "GET", corps, jeton, version } = {}) {
  const headers = { Accept: "application/json" };
  if (jeton) headers.Authorization = `Token ${jeton}`;
  if (version) headers["If-Match"] = version;
  if (corps !== undefined) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(chemin, {
      method: methode,
      headers,
      body: corps === undefined ? undefined : JSON.stringify(corps),
      cache: "no-store",
      credentials: "omit",
    });
  } catch {
    throw new Error("L’annuaire ne répond pas. Vérifiez votre connexion, puis recommencez.");
  }
  const json = answer.status === 204 ? null : await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Probleme(answer.status, json);
  return { json, version: answer.headers.get("ETag") };
}

export function element(nom, textes = [], attributs = {}) {
  const one = document.createElement(nom);
  one.append(...[textes].flat());
  for (const [name, value] of Object.entries(attributs)) one.setAttribute(name, value);
  return one;
}

// Tell what was done, or what is wrong, where the focus then goes.
function dire(contenu, { fait = false } = {}) {
  const bilan = document.querySelector("[data-bilan]");
  bilan.classList.toggle("fait", fait);
  bilan.replaceChildren(...contenu);
  bilan.hidden = false;
  bilan.focus();
}

export const annoncer = (...textes) =>
  dire(textes.map((texte) => element("p", texte)), { fait: true });

// The field of a form that a place of the body is shown by: itself, or what it is part of.
function champDe(form, place) {
  for (let parts = place.split("/"); parts.length; parts.pop()) {
    const found = form.querySelector(`[data-champ="${CSS.escape(parts.join("/"))}"]`);
    if (found) return found;
  }
  return null;
}

// The name of a field as people read it.
export function libelleDe(champ) {
  const label = champ.querySelector(":scope > legend") ||
    document.querySelector(`label[for="${CSS.escape(champ.id)}"]`);
  return label ? label.textContent.replace(" (obligatoire)", "") : champ.getAttribute("aria-label");
}

const controle = (champ) =>
  champ.matches("input, select, textarea") ? champ : champ.querySelector("input, select, textarea");

function effacer(form) {
  for (const one of form.querySelectorAll(".erreur")) {
    one.hidden = true;
    one.textContent = "";
  }
  for (const one of form.querySelectorAll("[aria-invalid]")) one.removeAttribute("aria-invalid");
}

function marquer(champ, detail) {
  const told = document.getElementById(`${champ.id}-erreur`);
  if (told) {
    told.textContent = [told.textContent, detail].filter(Boolean).join(" ");
    told.hidden = false;
  }
  if (champ === controle(champ)) champ.setAttribute("aria-invalid", "true");
  for (let one = champ; one; one = one.parentElement) {
    if (one.localName === "details") one.open = true;
  }
}

// A refusal in the summary, with the way to its field if the form has it.
function ligne(form, { champ: place, detail }) {
  const champ = place === undefined ? null : champDe(form, place);
  if (!champ) return element("li", detail);
  marquer(champ, detail);
  const box = controle(champ);
  const link = element("a", `${libelleDe(champ) || "À corriger"} : ${detail}`, { href: `#${box.id || champ.id}` });
  link.addEventListener("click", (event) => {
    event.preventDefault();
    box.focus();
  });
  return element("li", link);
}

// `place` tells where in the form a pointer of the API leads.
function refuser(form, error, place) {
  const erreurs = (error.erreurs || []).map((one) => ({
    champ: one.champ ?? (one.pointer && place(decodeURIComponent(one.pointer.replace(/^#\/?/, "")))),
    detail: one.detail,
  }));
  if (!erreurs.length) return dire([element("p", error.message)]);
  const titre = element("p", element("strong", "Rien n’a été envoyé. À corriger :"));
  dire([titre, element("ul", erreurs.map((one) => ligne(form, one)))]);
}

// Do something once at a time for a form, or a button, and tell what goes wrong.
export async function lancer(form, faire, place = (pointer) => pointer) {
  if (form.getAttribute("aria-busy") === "true") return;
  form.setAttribute("aria-busy", "true");
  effacer(form);
  try {
    await faire(form);
  } catch (error) {
    refuser(form, error, place);
  } finally {
    form.removeAttribute("aria-busy");
  }
}

export function brancher(form, faire, place) {
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    lancer(form, faire, place);
  });
}

export const champ = (form, nom) => form.querySelector(`[data-champ="${nom}"]`);
export const lire = (form, nom) => champ(form, nom).value.trim() || null;
export const coches = (form, nom) =>
  [...champ(form, nom).querySelectorAll("input:checked")].map((one) => one.value);
export const publicDe = (form, nom) => document.getElementById(`${champ(form, nom).id}-public`);

// « 48.7375, 2.5553 », in either order: around Paris the latitude is the greater number.
export function lirePosition(form, nom) {
  const texte = lire(form, nom);
  if (texte === null) return null;
  const nombres = (texte.match(/-?\d+(?:[.,]\d+)?/g) || []).map((one) => Number(one.replace(",", ".")));
  if (nombres.length !== 2) {
    throw new Refus([{ champ: nom, detail: "Deux nombres sont attendus, comme 48.7375, 2.5553." }]);
  }
  const [lon, lat] = nombres.sort((one, other) => one - other);
  return { lon, lat };
}

// Fill the position of a form with that of the device, when one asks for it.
export function brancherPosition(form, nom) {
  const button = form.querySelector("[data-position]");
  const box = champ(form, nom);
  const told = document.getElementById(`${box.id}-erreur`);
  button.addEventListener("click", () => {
    told.hidden = true;
    const fail = () => {
      told.textContent = "Cet appareil ne donne pas sa position.";
      told.hidden = false;
    };
    if (!navigator.geolocation) return fail();
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        box.value = `${coords.latitude.toFixed(6)}, ${coords.longitude.toFixed(6)}`;
        box.focus();
      },
      fail,
      { enableHighAccuracy: true, timeout: 20000 },
    );
  });
}
