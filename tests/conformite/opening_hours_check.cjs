// Asks opening_hours.js, in a process of its own: never part of the project.
// Standard input: one JSON line a question, [text, [milliseconds, …]]. Standard output: one JSON
// line an answer, the states, or the message of its refusal. Its folder is in NODE_PATH, its time
// zone in TZ.
const OpeningHours = require('opening_hours');
const lines = require('node:readline').createInterface({input: process.stdin});
const paris = {lat: 48.85, lon: 2.35, address: {country_code: 'fr', state: 'Île-de-France'}};

function states(text, instants) {
  const hours = new OpeningHours(text, paris);
  return instants.map((instant) => {
    const now = hours.getIterator(new Date(instant));
    if (now.getState()) return 'ouvert';
    return now.getUnknown() ? 'inconnu' : 'ferme';
  });
}

lines.on('line', (line) => {
  const [text, instants] = JSON.parse(line);
  let answer;
  try {
    answer = states(text, instants);
  } catch (error) {
    answer = String(error);
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
});
