// Between hours as the API writes them (`Horaires`) and the grid of seven days of two slots.
import { champ, element } from "./commun.js";

const CRENEAUX = 2;
const MINUIT = "00:00"; // as a browser has it; where a day ends, the API writes 24:00
const jours = (bloc) => [...bloc.querySelectorAll("[data-jour]")];
const heures = (jour) => [...jour.querySelectorAll("input[type=time]")];
const feriesDe = (bloc) => champ(bloc, `${bloc.dataset.champ}/feries`);

const tientDansLaGrille = (horaires) =>
  !horaires || (!horaires.jamais &&
    Object.values(horaires.semaine || {}).every(
      (slots) => slots.length <= CRENEAUX && slots.every((slot) => !slot.condition)));

// Show hours; those that the grid cannot hold are said in words, and kept until one replaces them.
export function montrerSemaine(bloc, horaires, enTexte) {
  const tient = tientDansLaGrille(horaires);
  const gardes = bloc.querySelector("[data-gardes]");
  gardes.hidden = tient;
  gardes.querySelector("code").textContent = enTexte || "";
  gardes.querySelector("[data-remplacer]").checked = false;
  bloc.querySelector("[data-grille]").hidden = !tient;
  for (const jour of jours(bloc)) {
    const slots = (tient && horaires && horaires.semaine && horaires.semaine[jour.dataset.jour]) || [];
    const bornes = slots.flatMap((slot) => [slot.de, slot.a === "24:00" ? MINUIT : slot.a]);
    heures(jour).forEach((box, n) => { box.value = bornes[n] || ""; });
  }
  const select = feriesDe(bloc);
  const politique = (horaires && horaires.feries && horaires.feries.politique) || "inconnu";
  if (politique === "propres" && !select.querySelector("[value=propres]")) {
    select.append(element("option", "Horaires particuliers, gardés tels quels", { value: "propres" }));
  }
  select.value = politique;
}

// The hours that the grid says; `avant` has what the grid does not show.
export function lireSemaine(bloc, avant) {
  if (bloc.querySelector("[data-grille]").hidden) return avant;
  const semaine = {};
  for (const jour of jours(bloc)) {
    const [de, a, de2, a2] = heures(jour).map((box) => box.value);
    const slots = [[de, a], [de2, a2]].filter(([debut, fin]) => debut || fin);
    if (slots.length) semaine[jour.dataset.jour] = slots.map(([debut, fin]) => ({ de: debut, a: fin === MINUIT ? "24:00" : fin }));
  }
  const { jamais: _, semaine: __, feries, ...reste } = avant || {};
  const ouvre = (reste.exceptions || []).some((one) => (one.creneaux || []).length);
  if (!Object.keys(semaine).length && !ouvre) return null;
  const politique = feriesDe(bloc).value;
  return { ...reste, semaine, feries: politique === "propres" ? feries : { politique } };
}

export function brancherSemaine(bloc) {
  bloc.querySelector("[data-remplacer]").addEventListener("change", (event) => {
    bloc.querySelector("[data-grille]").hidden = !event.target.checked;
  });
  bloc.querySelector("[data-recopier]").addEventListener("click", () => {
    const [lundi, ...autres] = jours(bloc).map(heures);
    for (const boxes of autres) boxes.forEach((box, n) => { box.value = lundi[n].value; });
  });
}
