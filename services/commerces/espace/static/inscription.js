// Registers a shop, or claims its listing: what the form says, as `POST inscriptions` takes it.
import {
  annoncer, brancher, brancherPosition, champ, coches, demander, lire, lirePosition, publicDe,
} from "./commun.js";

const form = document.querySelector("[data-inscription]");
const estNouvelle = !form.dataset.fiche;

// What is not given is left out: the API says that it is missing.
function fiche() {
  const position = lirePosition(form, "fiche/position");
  const telephone = lire(form, "fiche/contacts/telephone");
  const categorie = lire(form, "fiche/categories");
  const modalites = coches(form, "fiche/modalites").map((genre) => ({ genre }));
  return {
    nom: lire(form, "fiche/nom") ?? undefined,
    adresse: lire(form, "fiche/adresse") ?? undefined,
    complement: lire(form, "fiche/complement"),
    code_postal: lire(form, "fiche/code_postal") ?? undefined,
    ...(position || { lon: Number(form.dataset.lon), lat: Number(form.dataset.lat) }),
    siret: lire(form, "fiche/siret"),
    categories: categorie ? [categorie] : undefined,
    contacts: telephone
      ? [{ genre: "telephone", valeur: telephone, public: publicDe(form, "fiche/contacts/telephone").checked }]
      : [],
    modalites: modalites.length ? modalites : undefined,
  };
}

// Without a position the shop is put in the middle of its commune: who decides has to know.
function message() {
  const ecrit = lire(form, "message");
  if (!estNouvelle || lire(form, "fiche/position")) return ecrit;
  const averti = `Position non donnée : celle du milieu de ${form.dataset.commune}.`;
  return ecrit ? `${ecrit}\n${averti}` : averti;
}

async function envoyer() {
  const corps = {
    courriel: lire(form, "courriel") ?? undefined,
    message: message(),
    site_web: champ(form, "site_web").value || null,
    ...(estNouvelle
      ? { fiche: fiche() }
      : { fiche_id: Number(form.dataset.fiche), siret: lire(form, "siret") }),
  };
  const { json } = await demander("inscriptions", { methode: "POST", corps });
  const limite = new Date(json.expire_le).toLocaleDateString("fr-FR", { dateStyle: "long" });
  annoncer(
    `Un courriel vient d’être envoyé à ${corps.courriel}.`,
    `Suivez son lien avant le ${limite} pour confirmer. S’il n’arrive pas, regardez dans les indésirables.`,
  );
  form.hidden = true;
}

// A position that is refused is that of its field, wherever it comes from.
const place = (pointer) =>
  pointer.replace(/^fiche\/(lon|lat)$/, "fiche/position")
    .replace(/^fiche\/contacts\/0.*/, "fiche/contacts/telephone");

if (estNouvelle) brancherPosition(form, "fiche/position");
brancher(form, envoyer, place);
