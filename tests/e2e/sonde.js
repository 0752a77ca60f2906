// What the tests add to the guides' pages, before their own scripts: it looks, and says what it saw.
const erreurs = [];
// What a page does again each minute would hide whether the stream told it.
const repeter = window.setInterval;
window.setInterval = (tache, delai, ...reste) => (
  delai >= 30_000 ? 0 : repeter(tache, delai, ...reste)
);
let releves = 0;
const demander = window.fetch;
window.fetch = (adresse, ...reste) => {
  if (String(adresse).includes("/etats?")) releves += 1;
  return demander(adresse, ...reste);
};
const rendre = (vu) => demander("resultat", { method: "POST", body: JSON.stringify(vu) });
const pause = () => new Promise((suite) => { setTimeout(suite, 50); });
const dessines = (calque) => carte.queryRenderedFeatures({ layers: [calque] }).map((un) => un.id);

function surveiller() {
  carte.on("error", (evenement) => erreurs.push(String(evenement.error)));
  carte.once("idle", () => {
    rendre({ erreurs, grappes: dessines("grappes"), stations: dessines("stations") });
  });
}

function suivreStation(id, position) {
  carte.on("error", (evenement) => erreurs.push(String(evenement.error)));
  const connu = () => carte.getFeatureState({ source: "bornes", sourceLayer: "stations", id }).etat;
  const quand = async (voulu) => { while (!voulu()) await pause(); };
  const bandeau = document.getElementById("bandeau");
  carte.once("idle", async () => {
    await quand(() => connu() === "libre" && bandeau.textContent.includes("libres"));
    await quand(() => dessines("stations").includes(id));
    releves = 1;
    await rendre({ erreurs, etat: connu(), stations: dessines("stations"), bandeau: bandeau.textContent });
    await quand(() => connu() === "pris");
    await rendre({ etat: connu(), "relevés": releves });
    const { x, y } = carte.project(position);
    for (const geste of ["mousedown", "mouseup", "click"]) {
      const options = { clientX: x, clientY: y, bubbles: true };
      carte.getCanvas().dispatchEvent(new MouseEvent(geste, options));
    }
    const fiche = () => document.querySelector(".maplibregl-popup-content");
    await quand(fiche);
    await rendre({ fiche: fiche().textContent });
  });
}

async function copier() {
  const pages = [];
  for await (const station of toutesLesStations()) pages.push(station.id);
  const copie = new Map();
  const curseur = await synchroniser(copie);
  const repris = await synchroniser(copie, curseur);
  rendre({ pages, copie: [...copie.keys()], curseur, repris });
}
