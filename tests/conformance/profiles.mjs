// UK Core profiles as a validator can use them. They are published as differences from FHIR's own
// definitions; a snapshot is the whole that follows. Only what those profiles use is done here:
// constraints, slices, and parts of data types that a profile looks into.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const EXTENSIONS = { discriminator: [{ type: "value", path: "url" }], rules: "open" };

/** Return every profile in *folder*, each with its snapshot. *bases* are FHIR's, by address. */
export function profilesIn(folder, bases, toJson) {
  const read = readdirSync(folder)
    .filter((name) => name.endsWith(".xml"))
    .sort()
    .map((name) => toJson(readFileSync(join(folder, name), "utf8")));
  const known = new Map(bases);
  const waiting = new Map(read.map((profile) => [profile.url, profile]));
  const made = [];
  const make = (url) => {
    const profile = waiting.get(url);
    if (!profile) return known.get(url);
    waiting.delete(url);
    const base = make(profile.baseDefinition);
    if (!base) throw new Error(`${profile.url} begins at ${profile.baseDefinition}: not here`);
    profile.snapshot = { element: whole(base, profile, known) };
    known.set(url, profile);
    made.push(profile);
    return profile;
  };
  for (const url of [...waiting.keys()]) make(url);
  return made;
}

function whole(base, profile, known) {
  const elements = structuredClone(base.snapshot.element);
  for (const different of profile.differential?.element ?? []) {
    const found = place(elements, different, known);
    if (!found) throw new Error(`${profile.url}: no place for ${different.id}`);
    merge(found, different);
  }
  return elements;
}

/** Return the element that *different* is about, made from what it is a slice or a part of. */
function place(elements, different, known) {
  const { id } = different;
  const there = elements.find((each) => each.id === id);
  if (there) return there;
  const owner = id.slice(0, id.lastIndexOf("."));
  if (!elements.some((each) => each.id === owner)) {
    if (!place(elements, { id: owner }, known)) return undefined;
  }
  const slice = id.slice(owner.length).includes(":");
  const wanted = slice ? id.slice(0, id.lastIndexOf(":")) : id;
  if (!elements.some((each) => each.id === wanted)) unfold(elements, owner, known);
  const whole = elements.find((each) => each.id === wanted);
  if (!whole || !slice) return whole;
  whole.slicing ??= EXTENSIONS;
  const { slicing, ...rest } = structuredClone(whole);
  const made = { ...rest, id, min: 0, sliceName: id.slice(wanted.length + 1) };
  elements.splice(after(elements, wanted), 0, made);
  return made;
}

/** Put the parts of the element *owner* in: those of what it is a slice of, or of its type. */
function unfold(elements, owner, known) {
  const element = elements.find((each) => each.id === owner);
  const unsliced = owner.replace(/:[^:.]*$/, "");
  let parts = [];
  if (unsliced !== owner) {
    parts = elements
      .filter((each) => each.id.startsWith(`${unsliced}.`))
      .map((each) => renamed(each, unsliced, owner, element.path));
  }
  if (!parts.length) {
    const code = element.type?.[0]?.code;
    const type = known.get(`http://hl7.org/fhir/StructureDefinition/${code}`);
    parts = (type?.snapshot.element.slice(1) ?? []).map((each) =>
      renamed(each, code, owner, element.path),
    );
  }
  elements.splice(elements.indexOf(element) + 1, 0, ...parts);
}

function renamed(element, from, to, path) {
  const copy = structuredClone(element);
  copy.id = to + copy.id.slice(from.length);
  copy.path = path + copy.id.slice(to.length).replace(/:[^.]*/g, "");
  return copy;
}

function after(elements, id) {
  let last = 0;
  elements.forEach((each, index) => {
    if (each.id === id || each.id.startsWith(`${id}.`) || each.id.startsWith(`${id}:`)) last = index;
  });
  return last + 1;
}

function merge(element, different) {
  const constraint = [...(element.constraint ?? []), ...(different.constraint ?? [])];
  Object.assign(element, structuredClone(different));
  if (constraint.length) element.constraint = constraint;
}
