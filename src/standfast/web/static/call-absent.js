// Where no triage content is installed: one page of words in the place of the questions.
//
// The engine stays at it for ever. The call is taken all the same: who, where, the problem, an
// ambulance by key, a clinician.

const WORDS = "No triage content is installed here; the reference set cannot be used live";

export const ABSENT = Object.freeze({
  absent: true,
  version: "absent",
  watermark: "",
  life_threats: "",
  first: "absent",
  dispositions: {},
  advice: {},
  protocols: { absent: { id: "absent", title: "No triage content", first: "absent" } },
  questions: { absent: { id: "absent", protocol: "absent", ask: WORDS, short: "Not asked: no triage content", why: "", choices: [], reach: 1000 } },
});
