// The page of a merchant: with the token that a mailed link gave, its listing is read and changed.
// The token is kept by this tab alone, and is in no address.
import {
  annoncer, brancher, brancherPosition, champ, demander, element, lancer, lire, Refus,
} from "./commun.js";
import { avecCeQuiAttend, lireDemandes, montrerDemandes } from "./demandes.js";
import { brancherFiche, lireFiche, montrerFiche, placeDans } from "./fiche.js";

const STATUTS = {
  brouillon: "Votre fiche est un brouillon : elle n’est pas encore montrée.",
  en_attente: "Votre inscription attend la décision d’un agent : elle n’est pas encore montrée.",
  publiee: "Votre fiche est publiée.",
  suspendue: "Votre fiche est suspendue : elle n’est pas montrée.",
  fermee: "Votre fiche est fermée : elle n’est plus montrée.",
  archivee: "Votre fiche est archivée : elle n’est plus montrée.",
};
const REFUSE = 401;
const CHANGEE = 412;
const RESTE = "Votre fiche est refermée dans cet onglet, mais l’annuaire ne répond pas : cet accès reste valable trente jours au plus. Pour y mettre fin, recevez un nouveau lien, puis fermez vos autres accès.";

const bloc = (nom) => document.querySelector(`[data-${nom}]`);
const form = bloc("fiche");
const garde = {
  get jeton() {
    try { return sessionStorage.getItem("jeton") || this.seul; } catch { return this.seul; }
  },
  set jeton(valeur) {
    this.seul = valeur;
    try { sessionStorage[valeur ? "setItem" : "removeItem"]("jeton", valeur); } catch { /* kept in memory */ }
  },
};
let lue; // the listing as it was last read: { saisie, fiche, version… }
let envoyee; // the listing as it was last sent
let montree = ""; // what the form said when it was filled

// What each field of the form says now.
const valeurs = () =>
  new Map([...form.querySelectorAll("input, select, textarea")].map((box) => [box.id || box, box.type === "checkbox" ? box.checked : box.value]));

const enTexte = (place) => {
  const { properties } = lue.fiche;
  const [, genre] = place.split("/");
  return (place === "horaires" ? properties : properties.modalites_detail.find((one) => one.genre === genre) || {}).horaires_osm;
};

async function relire() {
  const { json, version } = await demander("moi", { jeton: garde.jeton });
  const demandes = await lireDemandes(json.fiche.id, garde.jeton);
  const attendue = avecCeQuiAttend(json.saisie, demandes);
  lue = { ...json, version, saisie: attendue || json.saisie };
  montrerFiche(form, lue.saisie, enTexte);
  montree = valeurs();
  const { statut, motif_statut: motif, verifie_le: verifie, nom } = lue.fiche.properties;
  bloc("nom").textContent = nom;
  const quand = new Date(verifie).toLocaleDateString("fr-FR", { dateStyle: "long" });
  bloc("etat").replaceChildren(STATUTS[statut], ...(motif && statut !== "publiee" ? [` Motif : ${motif}.`] : []), ` Vérifiée le ${quand}. Numéro ${lue.fiche.id}.`);
  bloc("attente").hidden = !attendue;
  bloc("delais").textContent = lue.reconnu
    ? "Changez ce qui doit l’être, puis envoyez. Selon ce qui est prouvé de vous, c’est fait tout de suite ou un agent décide."
    : "Un agent doit d’abord vous reconnaître : jusque-là, tout ce que vous envoyez attend sa décision.";
  bloc("confirmer").hidden = !lue.reconnu || statut === "fermee" || statut === "archivee";
  bloc("fermeture").hidden = statut === "fermee";
  bloc("reouverture").hidden = statut !== "fermee";
  montrerDemandes(bloc("demandes"), form, demandes, garde.jeton, apres);
}

// The listing once more, or its holder's data alone when it is no longer theirs.
async function apres(...dit) {
  await ouvrir();
  annoncer(...dit);
}

// The listing has changed since it was read: it is read again, and what one had written stays.
async function reprendre() {
  const ecrites = valeurs();
  const avant = montree;
  await relire();
  for (const box of form.querySelectorAll("input, select, textarea")) {
    const ecrit = ecrites.get(box.id || box);
    if (ecrit === undefined || ecrit === avant.get(box.id || box)) continue;
    if (box.type === "checkbox") box.checked = ecrit;
    else box.value = ecrit;
  }
  form.dispatchEvent(new Event("change"));
  throw new Error("Votre fiche avait changé entre-temps. La voici, avec ce que vous veniez d’écrire : vérifiez, puis envoyez de nouveau.");
}

async function proposer(corps) {
  const chemin = `fiches/${lue.fiche.id}/propositions`;
  const { json } = await demander(chemin, { methode: "POST", jeton: garde.jeton, version: lue.version, corps });
  const faite = json.etat === "appliquee";
  await apres(
    faite ? "C’est fait." : "Votre demande est envoyée.",
    faite ? "Le public le voit dans la minute." : json.appliques.length
      ? "Une partie est faite tout de suite ; un agent décide du reste, et sa décision vous sera envoyée."
      : "Un agent de la commune ou de la CCI décide ; sa décision vous sera envoyée.",
  );
}

async function ouvrir() {
  try {
    await relire();
    bloc("ferme").hidden = true;
    bloc("ouvert").hidden = false;
    bloc("donnees").hidden = false;
  } catch (error) {
    if (error.status !== REFUSE) throw error;
    await ouvrirDonnees(error);
  }
}

// Whoever was refused as a holder reads its data still, and has it erased.
async function ouvrirDonnees(refus) {
  try {
    await demander("moi/donnees", { jeton: garde.jeton });
  } catch (error) {
    fermer();
    throw error.status === REFUSE ? refus : error;
  }
  bloc("ferme").hidden = true;
  bloc("ouvert").hidden = true;
  bloc("donnees").hidden = false;
}

function fermer() {
  garde.jeton = "";
  for (const nom of ["ouvert", "donnees"]) bloc(nom).hidden = true;
  bloc("ferme").hidden = false;
}

async function telecharger() {
  const { json } = await demander("moi/donnees", { jeton: garde.jeton });
  const url = URL.createObjectURL(new Blob([JSON.stringify(json, null, 2)], { type: "application/json" }));
  element("a", [], { href: url, download: "mes-donnees.json" }).click();
  URL.revokeObjectURL(url);
}

const brancherBouton = (nom, faire) =>
  bloc(nom).addEventListener("click", (event) => lancer(event.currentTarget, faire));

const coche = (id, detail) => {
  if (!document.getElementById(id).checked) throw new Error(detail);
};

brancherFiche(form);
brancherPosition(form, "position");
brancher(form, async () => {
  try {
    envoyee = lireFiche(form, lue.saisie);
    await proposer({ fiche: envoyee, message: lire(form, "message") });
  } catch (error) {
    if (error.status === CHANGEE) await reprendre();
    throw error;
  }
}, (pointer) => placeDans(envoyee, pointer));
brancher(bloc("fermeture"), async () => {
  coche("fermeture", "Cochez la case pour confirmer que votre commerce a fermé.");
  await proposer({ fermeture: true });
});
brancher(bloc("reouverture"), () => proposer({ reouverture: true }));
brancher(bloc("acces"), async (acces) => {
  const numero = lire(acces, "fiche_id");
  await demander("acces", {
    methode: "POST",
    corps: { courriel: lire(acces, "courriel") ?? undefined, fiche_id: numero ?? undefined },
  });
  annoncer("Si cette adresse est celle du titulaire de cette fiche, un lien vient d’y être envoyé. Suivez-le dans l’heure.");
});
brancher(bloc("jeton"), async (saisi) => {
  garde.jeton = lire(saisi, "jeton") || "";
  if (!garde.jeton) throw new Refus([{ champ: "jeton", detail: "Collez votre jeton." }]);
  await ouvrir();
  champ(saisi, "jeton").value = "";
});
brancher(bloc("effacement"), async () => {
  coche("effacement", "Cochez la case pour confirmer que tout doit être effacé.");
  await demander("moi/donnees", { methode: "DELETE", jeton: garde.jeton });
  fermer();
  annoncer("Tout ce que l’annuaire gardait de vous est effacé.");
});
brancherBouton("confirmer", async () => {
  await demander("moi/confirmation", { methode: "POST", jeton: garde.jeton, version: lue.version });
  await apres("Merci : votre fiche est confirmée aujourd’hui.");
});
brancherBouton("telecharger", telecharger);
brancherBouton("autres", async () => {
  await demander("moi/autres-jetons", { methode: "DELETE", jeton: garde.jeton });
  annoncer("Vos autres accès sont fermés : les liens et les jetons que vous aviez n’ouvrent plus rien.");
});
// Whatever becomes of the token, nothing more is shown here.
async function quitter() {
  const { jeton } = garde;
  fermer();
  try {
    await demander("moi/jeton", { methode: "DELETE", jeton });
  } catch (error) {
    if (error.status !== REFUSE) throw new Error(RESTE);
  }
  annoncer("Votre fiche est refermée, et cet accès a pris fin.");
}
for (const button of document.querySelectorAll("[data-quitter]")) {
  button.addEventListener("click", () => lancer(button, quitter));
}
if (garde.jeton) await lancer(form, ouvrir);
else fermer();
