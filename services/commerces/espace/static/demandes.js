// Shows what a merchant asked: what was sent, what waits, what was decided and why.
import { brancher, demander, element, lancer, libelleDe } from "./commun.js";

const RECENTES = 3;
const GENRES = {
  inscription: "Inscription",
  revendication: "Demande à tenir la fiche",
  modification: "Modification",
  fermeture: "Fermeture",
  reouverture: "Réouverture",
};
const ETATS = {
  en_attente: "attend la décision d’un agent",
  a_preciser: "un agent vous demande une précision",
  acceptee: "acceptée",
  refusee: "refusée",
  remplacee: "remplacée par une demande plus récente",
  appliquee: "faite tout de suite",
  retiree: "retirée",
};
const ATTEND = ["en_attente", "a_preciser"];
const RENONCE = ["inscription", "revendication"];
const AUTRES_CHAMPS = { fermeture: "Fermeture", contacts: "Contacts", horaires: "Horaires", lon: "Position", lat: "Position" };

const instant = (texte) =>
  new Date(texte).toLocaleString("fr-FR", { dateStyle: "long", timeStyle: "short" });

function nomDuChamp(form, nom) {
  const champ = form.querySelector(`[data-champ="${CSS.escape(nom)}"]`);
  return AUTRES_CHAMPS[nom] || (champ && libelleDe(champ)) || nom;
}

function changements(form, demande) {
  const simple = (valeur) => typeof valeur === "string" && valeur;
  const demandes = demande.ecarts.map(({ champ, avant, apres }) => {
    const nom = nomDuChamp(form, champ);
    if (!simple(apres) || champ.includes("/")) return apres === null ? `${nom} : retiré` : nom;
    return simple(avant) ? `${nom} : « ${avant} » devient « ${apres} »` : `${nom} : « ${apres} »`;
  });
  return [...new Set([...demande.appliques.map((nom) => `${nomDuChamp(form, nom)} : changé tout de suite`), ...demandes])];
}

function etape({ etat, auteur, texte, instant: quand }) {
  const qui = auteur === "commercant" ? "vous" : auteur;
  const dit = element("li", `${instant(quand)}, ${qui} : ${ETATS[etat]}`);
  if (texte) dit.append(element("blockquote", texte));
  return dit;
}

function reponse(demande, jeton, apres) {
  const id = `reponse-${demande.id}`;
  const box = element("textarea", [], { id, rows: 4, maxlength: 500, "data-champ": "message", "aria-describedby": `${id}-erreur` });
  const form = element("form", [
    element("label", "Votre réponse", { for: id }),
    element("p", [], { id: `${id}-erreur`, class: "erreur", hidden: "" }),
    element("p", box),
    element("p", element("button", "Envoyer ma réponse")),
  ], { class: "champ", novalidate: "" });
  brancher(form, async () => {
    const chemin = `propositions/${demande.id}`;
    const { version } = await demander(chemin, { jeton });
    await demander(`${chemin}/reponse`, { methode: "POST", jeton, version, corps: { message: box.value } });
    await apres("Votre réponse est transmise.");
  });
  return form;
}

// Two steps, for what waits is lost.
function retrait(demande, jeton, apres) {
  const suite = RENONCE.includes(demande.genre)
    ? "Aucun agent n’en décidera. Si aucun ne vous a encore reconnu, vous n’ouvrirez plus cette fiche : seulement vos données, oubliées dans soixante jours."
    : "Aucun agent n’en décidera. Ce qui a déjà été changé le reste.";
  const button = element("button", "Retirer ma demande", { type: "button", class: "second", "data-retirer": demande.id });
  button.addEventListener("click", () => lancer(button, async () => {
    const chemin = `propositions/${demande.id}`;
    const { json, version } = await demander(chemin, { jeton });
    if (!ATTEND.includes(json.etat)) return apres("Cette demande n’attend plus : elle vient d’être décidée. La voici.");
    await demander(`${chemin}/retrait`, { methode: "POST", jeton, version });
    return apres("Votre demande est retirée.");
  }));
  return element("details", [element("summary", "Retirer cette demande"), element("p", suite), element("p", button)]);
}

// What the agent who decided, or who asks, wrote of it.
function raison({ etapes }) {
  const derniere = etapes.at(-1);
  return derniere.texte && derniere.auteur !== "commercant"
    ? [element("p", `${derniere.auteur} écrit :`), element("blockquote", derniere.texte)]
    : [];
}

function montrer(form, demande, jeton, apres) {
  const changes = changements(form, demande);
  return element("section", [
    element("h3", `${GENRES[demande.genre]} du ${instant(demande.cree_le)}`),
    element("p", element("strong", `${ETATS[demande.etat].replace(/^./, (c) => c.toUpperCase())}.`)),
    ...raison(demande),
    ...(changes.length ? [element("ul", changes.map((one) => element("li", one)))] : []),
    element("details", [element("summary", "Histoire"), element("ol", demande.etapes.map(etape))]),
    ...(demande.etat === "a_preciser" ? [reponse(demande, jeton, apres)] : []),
    ...(ATTEND.includes(demande.etat) ? [retrait(demande, jeton, apres)] : []),
  ], { class: "demande" });
}

// What was asked, the last first.
export async function lireDemandes(numero, jeton) {
  const { json } = await demander(`fiches/${numero}/propositions`, { jeton });
  return json.elements;
}

// A listing as it would be once what waits is accepted: another demand takes its place, and must
// ask for it too. Nothing, when no change waits.
export function avecCeQuiAttend(saisie, demandes) {
  const attend = demandes.find(
    ({ genre, etat }) => genre === "modification" && ATTEND.includes(etat));
  if (!attend) return null;
  const fiche = { ...saisie };
  for (const { champ, apres } of attend.ecarts) {
    const [liste, genre] = champ.split("/");
    if (!genre) fiche[champ] = apres;
    else fiche[liste] = [...fiche[liste].filter((one) => one.genre !== genre), ...(apres ? [apres] : [])];
  }
  return fiche;
}

// `form` names the fields; `apres` is called once an answer is sent, with what to tell.
export function montrerDemandes(bloc, form, demandes, jeton, apres) {
  const utiles = demandes.filter(({ etat }) => etat !== "remplacee").slice(0, RECENTES);
  const autres = demandes.filter((one) => !utiles.includes(one));
  const blocs = (liste) => liste.map((one) => montrer(form, one, jeton, apres));
  bloc.replaceChildren(...(utiles.length ? blocs(utiles) : [element("p", "Aucune pour l’instant.")]));
  if (autres.length) bloc.append(element("details", [element("summary", "Les autres"), ...blocs(autres)]));
}
