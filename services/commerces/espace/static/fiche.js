// Between a listing as the API writes it (`FicheDecrite`) and the form of a merchant's page.
// What the form does not show goes back as it came.
import { Refus, champ, coches, element, lire, lirePosition, publicDe } from "./commun.js";
import { brancherSemaine, lireSemaine, montrerSemaine } from "./semaine.js";

const CONTACTS = ["telephone", "courriel", "site", "commande", "facebook", "instagram"];
const ADRESSES_WEB = new Set(["site", "commande", "facebook", "instagram"]);
const LISTES = ["paiements", "labels", "accessibilites"];
const TEXTES = ["description", "horaires_texte", "nom", "siret", "adresse", "complement", "code_postal"];
const MONTANTS = ["minimum", "frais", "franco"];
const METRES_PAR_KM = 1000;

const services = (form) => [...form.querySelectorAll("[data-modalite]")];
const blocDe = (form, nom) => form.querySelector(`[data-semaine][data-champ="${nom}"]`);
const aPart = (service) => service.querySelector("[data-a-part]");
const nombre = (texte) => texte.replace(/\s|€|km/g, "").replace(",", ".");
const fold = (texte) =>
  texte.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^a-z0-9]+/g, " ").trim();
const jour = (iso) => new Date(`${iso}T12:00`).toLocaleDateString("fr-FR", { dateStyle: "long" });

function ecrire(form, nom, valeur) {
  const box = champ(form, nom);
  if (box) box.value = valeur ?? "";
}

// 33142360000 as French people read it.
const enClair = (genre, valeur) =>
  genre === "telephone" && /^\+33\d{9}$/.test(valeur)
    ? `0${valeur.slice(3)}`.replace(/(\d\d)(?=\d)/g, "$1 ")
    : valeur;

// Fill the form with a listing; `osm` says the hours of a place of it in one text.
export function montrerFiche(form, saisie, osm) {
  for (const nom of TEXTES) ecrire(form, nom, saisie[nom]);
  ecrire(form, "position", `${saisie.lat}, ${saisie.lon}`);
  ecrire(form, "categories", saisie.categories[0]);
  ecrire(form, "message", "");
  for (const liste of LISTES) {
    for (const box of champ(form, liste).querySelectorAll("input")) box.checked = saisie[liste].includes(box.value);
  }
  for (const genre of CONTACTS) {
    const contact = saisie.contacts.find((one) => one.genre === genre);
    ecrire(form, `contacts/${genre}`, contact && enClair(genre, contact.valeur));
    const box = publicDe(form, `contacts/${genre}`);
    if (box) box.checked = Boolean(contact && contact.public);
  }
  montrerSemaine(blocDe(form, "horaires"), saisie.horaires, osm("horaires"));
  montrerExceptions(form, saisie);
  for (const service of services(form)) {
    montrerService(form, service, saisie.modalites.find((one) => one.genre === service.dataset.modalite), osm);
  }
  montrerDetails(form);
}

function montrerService(form, service, modalite, osm) {
  const place = service.dataset.champ;
  service.querySelector("[data-offerte]").checked = Boolean(modalite);
  const dit = modalite || {};
  for (const nom of MONTANTS) ecrire(form, `${place}/${nom}`, dit[nom] && dit[nom].replace(/\.00$/, "").replace(".", ","));
  ecrire(form, `${place}/delai_min`, dit.delai_min);
  ecrire(form, `${place}/note`, dit.note);
  aPart(service).checked = Boolean(dit.horaires);
  montrerSemaine(blocDe(form, `${place}/horaires`), dit.horaires, osm(`${place}/horaires`));
  if (champ(form, `${place}/zone`)) montrerZone(form, place, dit.zone);
}

function montrerZone(form, place, zone) {
  const select = champ(form, `${place}/zone`);
  const sorte = !zone ? "" : { rayon: "rayon", polygone: "polygone" }[zone.type] || "lieux";
  select.querySelector("[value=polygone]").hidden = sorte !== "polygone";
  select.value = sorte;
  ecrire(form, `${place}/zone/rayon_m`, sorte === "rayon" ? String(zone.rayon_m / METRES_PAR_KM).replace(".", ",") : "");
  const noms = communesDe(form, place);
  const lieux = sorte === "lieux" ? zone.codes.map((code) => (zone.type === "communes" && noms.get(code)) || code) : [];
  ecrire(form, `${place}/zone/codes`, lieux.join(", "));
}

// The names of communes by code, as the list that one adds from has them.
const communesDe = (form, place) =>
  new Map([...selectDesCommunes(form, place).options].map((one) => [one.value, one.text]));
const selectDesCommunes = (form, place) => document.getElementById(`${champ(form, `${place}/zone`).id}-commune`);

function lireZone(form, place, avant) {
  const sorte = champ(form, `${place}/zone`).value;
  if (sorte === "polygone") return avant;
  if (sorte === "rayon") {
    const km = Number(nombre(lire(form, `${place}/zone/rayon_m`) || ""));
    if (!(km > 0)) throw new Refus([{ champ: `${place}/zone/rayon_m`, detail: "Un nombre de kilomètres est attendu." }]);
    return { type: "rayon", rayon_m: Math.round(km * METRES_PAR_KM) };
  }
  if (sorte !== "lieux") return null;
  const lieux = (lire(form, `${place}/zone/codes`) || "").split(/[,;\n]/).map((one) => one.trim()).filter(Boolean);
  if (lieux.length && lieux.every((one) => /^\d{5}$/.test(one))) return { type: "codes_postaux", codes: lieux };
  const codes = new Map([...communesDe(form, place)].map(([code, nom]) => [fold(nom), code]));
  const inconnus = lieux.filter((one) => !codes.has(fold(one)));
  if (!lieux.length || inconnus.length) {
    const detail = lieux.length
      ? `Pas de commune de la Métropole de ce nom : ${inconnus.join(", ")}. Des noms, ou des codes postaux seulement.`
      : "Nommez une commune au moins, ou donnez des codes postaux.";
    throw new Refus([{ champ: `${place}/zone/codes`, detail }]);
  }
  return { type: "communes", codes: lieux.map((one) => codes.get(fold(one))) };
}

// The days that hours except, told once for the shop and its services.
const cle = (one) => `${one.du}/${one.au || one.du}/${(one.creneaux || []).length}`;
const exceptionsDe = (saisie) =>
  [saisie, ...saisie.modalites].flatMap((one) => (one.horaires && one.horaires.exceptions) || []);

function montrerExceptions(form, saisie) {
  const aujourdhui = new Date().toLocaleDateString("sv");
  const aVenir = exceptionsDe(saisie).filter((one) => (one.au || one.du) >= aujourdhui);
  const uniques = [...new Map(aVenir.map((one) => [cle(one), one])).entries()];
  form.querySelector("[data-exceptions]").replaceChildren(...uniques.map(([key, one], n) => {
    const quand = one.au && one.au !== one.du ? `du ${jour(one.du)} au ${jour(one.au)}` : `le ${jour(one.du)}`;
    const heures = (one.creneaux || []).map((slot) => `${slot.de}-${slot.a}`).join(", ");
    const box = element("input", [], { type: "checkbox", id: `retirer-${n}`, value: key });
    const dit = `Retirer : ${heures ? `ouvert ${heures}` : "fermé"} ${quand}${one.motif ? ` (${one.motif})` : ""}`;
    return element("p", [box, element("label", dit, { for: box.id })], { class: "case" });
  }));
  for (const nom of ["du", "au", "motif"]) ecrire(form, `exceptions/${nom}`, "");
}

// The same closing for the shop and for each service that has hours of its own.
function avecExceptions(form, decrits) {
  const retirees = new Set(coches(form, "exceptions"));
  const [du, au, motif] = ["du", "au", "motif"].map((nom) => lire(form, `exceptions/${nom}`));
  const nouvelle = du || au || motif ? { du: du || "", ...(au && { au }), ...(motif && { motif }) } : null;
  const concernes = decrits.filter((one) => one.horaires && !one.horaires.jamais);
  if (nouvelle && !concernes.length) {
    throw new Refus([{ champ: "exceptions", detail: "Donnez d’abord vos horaires : la fermeture s’en retranche." }]);
  }
  for (const one of concernes) {
    const gardees = (one.horaires.exceptions || []).filter((exception) => !retirees.has(cle(exception)));
    const { exceptions: _, ...reste } = one.horaires;
    const toutes = nouvelle ? [...gardees, nouvelle] : gardees;
    one.horaires = toutes.length ? { ...reste, exceptions: toutes } : reste;
  }
}

// « 2,5 € » as the API writes it, 2.50.
function lirePrix(form, nom) {
  const texte = lire(form, nom);
  if (texte === null) return null;
  if (!/^\d+([.]\d{1,2})?$/.test(nombre(texte))) {
    throw new Refus([{ champ: nom, detail: "Un montant en euros est attendu, comme 2,50." }]);
  }
  const [euros, centimes = ""] = nombre(texte).split(".");
  return `${euros}.${centimes.padEnd(2, "0")}`;
}

// What a service that gets hours of its own has of the shop's: the days when it closes.
function fermeturesDe(horaires) {
  const { exceptions, fermetures } = horaires || {};
  return { ...(exceptions && { exceptions }), ...(fermetures && { fermetures }) };
}

function lireService(form, service, avant, commerce) {
  const place = service.dataset.champ;
  const modalite = { ...avant, genre: service.dataset.modalite };
  for (const nom of MONTANTS) {
    if (champ(form, `${place}/${nom}`)) modalite[nom] = lirePrix(form, `${place}/${nom}`);
  }
  if (champ(form, `${place}/delai_min`)) {
    const delai = lire(form, `${place}/delai_min`);
    modalite.delai_min = /^\d+$/.test(delai || "") ? Number(delai) : delai;
  }
  modalite.note = lire(form, `${place}/note`);
  const bloc = blocDe(form, `${place}/horaires`);
  modalite.horaires = aPart(service).checked ? lireSemaine(bloc, modalite.horaires || fermeturesDe(commerce)) : null;
  if (champ(form, `${place}/zone`)) modalite.zone = lireZone(form, place, modalite.zone);
  return modalite;
}

function lireContacts(form, avant) {
  return CONTACTS.reduce((contacts, genre) => {
    const ecrit = lire(form, `contacts/${genre}`);
    const valeur = ecrit && ADRESSES_WEB.has(genre) && !/^\w+:/.test(ecrit) ? `https://${ecrit}` : ecrit;
    const rang = contacts.findIndex((one) => one.genre === genre);
    const box = publicDe(form, `contacts/${genre}`);
    const estPublic = box ? box.checked : rang < 0 || contacts[rang].public;
    const contact = valeur && { genre, valeur, public: estPublic };
    if (rang < 0) return contact ? [...contacts, contact] : contacts;
    return contacts.flatMap((one, n) => (n !== rang ? [one] : contact ? [contact] : []));
  }, avant);
}

// The listing as the form says it; `avant` is the listing that the form was filled with.
export function lireFiche(form, avant) {
  const fiche = { ...avant, ...Object.fromEntries(TEXTES.map((nom) => [nom, lire(form, nom)])) };
  for (const nom of ["nom", "adresse", "code_postal"]) fiche[nom] ??= undefined; // said to be missing
  Object.assign(fiche, lirePosition(form, "position"));
  for (const liste of LISTES) {
    // In the order that they had: another order would be a change.
    const choisis = coches(form, liste);
    fiche[liste] = [...avant[liste].filter((one) => choisis.includes(one)), ...choisis.filter((one) => !avant[liste].includes(one))];
  }
  const [premiere, ...autres] = avant.categories;
  const choisie = lire(form, "categories") || premiere;
  fiche.categories = [choisie, ...autres.filter((one) => one !== choisie)];
  fiche.contacts = lireContacts(form, avant.contacts);
  fiche.horaires = lireSemaine(blocDe(form, "horaires"), avant.horaires);
  fiche.modalites = services(form)
    .filter((service) => service.querySelector("[data-offerte]").checked)
    .map((service) => {
      const ancien = avant.modalites.find((one) => one.genre === service.dataset.modalite);
      return lireService(form, service, ancien, avant.horaires);
    });
  avecExceptions(form, [fiche, ...fiche.modalites]);
  return fiche;
}

// Where in the form a pointer of the API leads, in a listing that was sent.
export function placeDans(fiche, pointer) {
  return pointer.replace(/^fiche\//, "")
    .replace(/^(modalites|contacts)\/(\d+)/, (_, liste, n) => `${liste}/${(fiche[liste][n] || {}).genre}`)
    .replace(/^.*exceptions\/\d+(\/\w+)?.*/, "exceptions$1")
    .replace(/^(lon|lat)$/, "position");
}

function montrerDetails(form) {
  for (const service of services(form)) {
    service.querySelector("[data-detail]").hidden = !service.querySelector("[data-offerte]").checked;
    service.querySelector("[data-horaires]").hidden = !aPart(service).checked;
    const zone = champ(form, `${service.dataset.champ}/zone`);
    for (const one of service.querySelectorAll("[data-zone]")) one.hidden = one.dataset.zone !== zone.value;
  }
}

export function brancherFiche(form) {
  form.querySelectorAll("[data-semaine]").forEach(brancherSemaine);
  form.addEventListener("change", () => montrerDetails(form));
  for (const button of form.querySelectorAll("[data-ajouter]")) {
    const place = button.closest("[data-modalite]").dataset.champ;
    button.addEventListener("click", () => {
      const box = champ(form, `${place}/zone/codes`);
      const nom = selectDesCommunes(form, place).selectedOptions[0].text;
      box.value = [box.value.trim().replace(/,$/, ""), nom].filter(Boolean).join(", ");
    });
  }
}
