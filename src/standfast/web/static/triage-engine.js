// From answers to the next question or to an outcome: standfast.triage.engine in the browser.
// No page, no network, no imports; tests/triage/test_parity.py holds the two together.
//
//   walk(protocols, facts, answers) -> step
//
// protocols: what GET /triage/content.json gives.
// facts: {age_years: whole years or null, sex: "female" | "male" | ... or null}.
// answers: [{question: id, key: "1"}], oldest first.
// step: {question, disposition, finished, life_threat, problem, applied, path, care, worsening}.
//   question: the one to ask (an object of protocols.questions), null when finished.
//   disposition: the most urgent ruled in so far, null when none is.
//   applied: how many answers could be used. Fewer than given: withdraw the rest.
//   path: [{question, short, key, text, n, rules_in, finding}]; n null: known, not asked.
//   care, worsening: ids in protocols.advice, to be read out when finished.

const MONTHS = 12;
const NO_LIMIT = 10_000;

export function walk(protocols, facts, answers) {
  const path = [];
  const care = [];
  let best = null;
  let problem = protocols.life_threats;
  let at = protocols.first;
  let applied = 0;
  while (at) {
    const question = protocols.questions[at];
    if (best && question.reach >= best.rank) break;
    problem = question.protocol;
    const given = answers[applied];
    const answered = given !== undefined && given.question === at;
    let choice;
    if (answered) {
      choice = question.choices.find(({ key }) => key === given.key);
    } else if (question.applies && !possible(question.applies, facts)) {
      at = question.skip ?? "";
      continue;
    } else {
      choice = question.choices.find(({ when }) => when && certain(when, facts));
    }
    if (!choice) return unfinished(question, best, applied, path);
    path.push(taken(question, choice, answered ? applied : null));
    if (answered) applied += 1;
    care.push(...(choice.care ?? []));
    at = choice.next ?? "";
    if (choice.rules_in) {
      const ruledIn = protocols.dispositions[choice.rules_in];
      if (!best || ruledIn.rank < best.rank) best = ruledIn;
      if (ruledIn.kind === "ambulance") break;
    }
  }
  return finished(protocols, problem, best, applied, path, care);
}

// Might a patient of whom these facts are known meet the condition?
function possible({ age_from = 0, age_under = NO_LIMIT, sex }, facts) {
  const known = knownSex(facts);
  if (sex && known && known !== sex) return false;
  if (facts.age_years == null) return true;
  const youngest = facts.age_years * MONTHS;
  return youngest < (age_under ?? NO_LIMIT) && youngest + MONTHS > age_from;
}

// Does every patient of whom these facts are known meet it?
function certain({ age_from = 0, age_under = null, sex }, facts) {
  if (sex && knownSex(facts) !== sex) return false;
  if (age_from === 0 && age_under === null) return true;
  if (facts.age_years == null) return false;
  const youngest = facts.age_years * MONTHS;
  return youngest >= age_from && youngest + MONTHS <= (age_under ?? NO_LIMIT);
}

function knownSex({ sex }) {
  return sex === "female" || sex === "male" ? sex : null;
}

function taken(question, choice, n) {
  return {
    question: question.id,
    short: question.short,
    key: choice.key,
    text: choice.text,
    n,
    rules_in: choice.rules_in ?? "",
    finding: choice.finding ?? false,
  };
}

function unfinished(question, best, applied, path) {
  return {
    question,
    disposition: best,
    finished: false,
    life_threat: false,
    problem: question.protocol,
    applied,
    path,
    care: [],
    worsening: [],
  };
}

// Somebody who waits for an ambulance is told that and nothing milder.
function finished(protocols, problem, best, applied, path, care) {
  const protocol = protocols.protocols[problem];
  const end = best ?? protocols.dispositions[protocol.otherwise];
  const home = end.kind !== "ambulance";
  return {
    question: null,
    disposition: end,
    finished: true,
    life_threat: problem === protocols.life_threats,
    problem,
    applied,
    path,
    care: once([...care, ...(end.care ?? []), ...(home ? (protocol.care ?? []) : [])]),
    worsening: once([...(home ? (protocol.worsening ?? []) : []), ...(end.worsening ?? [])]),
  };
}

const once = (ids) => [...new Set(ids)];
